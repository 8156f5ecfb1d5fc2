"""What clients see: modules with health and controls, and the system with its figures."""

from __future__ import annotations

from service import Service

SYSTEM = {
    "boot_id",
    "build",
    "chip",
    "clients",
    "fps",
    "fragmentation_percent",
    "heap_free_bytes",
    "heap_largest_bytes",
    "heap_used_bytes",
    "implementation",
    "instance",
    "lights",
    "log_next",
    "modules",
    "name",
    "platform",
    "reserve_bytes",
    "reset_reason",
    "tick_us",
    "uptime_ms",
    "version",
}


def test_a_module_is_shown_with_health_and_controls(service: Service) -> None:
    box = service.add("Box")
    service.add("Probe", box, speed=42)
    _, shown = service.ask("GET", "/api/modules/probe-2")
    assert shown.pop("controls")[0] == {
        "name": "speed",
        "type": "int",
        "value": 42,
        "default": 10,
        "min": -5,
        "max": 100,
        "unit": "steps/s",
    }
    assert shown == {
        "id": "probe-2",
        "type": "Probe",
        "category": "service",
        "parent": "box-1",
        "name": "Probe",
        "status": "ok",
        "setup_ok": True,
        "health": "OK",
        "tick_us": 0,
        "heap_bytes": 7,
    }


def test_a_module_below_the_root_has_no_parent(service: Service) -> None:
    service.add("Probe")
    assert service.ask("GET", "/api/modules/probe-1")[1]["parent"] is None


def test_a_module_that_cannot_speak_of_itself_does_not_hide_the_others(service: Service) -> None:
    for fault in ("health_report", "heap_bytes", "none"):
        service.add("Probe", fault=fault)
    status, answer = service.ask("GET", "/api/modules")
    assert status == 200
    assert [(module["health"], module["heap_bytes"]) for module in answer["modules"]] == [
        ("its health_report fails", 7),
        ("OK", 0),
        ("OK", 7),
    ]
    assert service.texts("error") == []


def test_the_system_has_these_facts_and_figures(service: Service) -> None:
    _, system = service.ask("GET", "/api/system")
    assert set(system) == SYSTEM
    assert system["build"] == {"id": "b1", "commit": "abc", "version": "1.2.3"}
    assert [system[name] for name in ("name", "instance", "boot_id", "platform", "version")] == [
        "Wall",
        "test",
        "1",
        "fake",
        "1.2.3",
    ]


def test_the_system_counts_lights_modules_and_clients(service: Service) -> None:
    for _ in range(2):
        driver = service.add("DriverLayer")
        service.add("Line", driver, length=7)
    service.services.preview.clients = 3
    _, system = service.ask("GET", "/api/system")
    assert (system["lights"], system["modules"], system["clients"]) == (14, 4, 3)


def test_the_system_tells_uptime_and_frames(service: Service) -> None:
    service.scheduler.tick()
    service.tick(20, times=100)
    service.log.info("test", "one more")
    _, system = service.ask("GET", "/api/system")
    assert (system["uptime_ms"], system["fps"], system["tick_us"]) == (2000, 50, 0)
    assert system["log_next"] == service.log.next_seq


def test_without_a_limit_free_memory_is_null(service: Service) -> None:
    _, system = service.ask("GET", "/api/system")
    assert (system["heap_free_bytes"], system["heap_largest_bytes"], system["fragmentation_percent"]) == (None, None, 0)


def test_memory_is_measured_once_a_second_after_a_collection(service: Service) -> None:
    service.platform.heap_limit_bytes = 5000
    service.scheduler.tick()
    service.tick(500, times=2)
    service.platform.heap_limit_bytes = 100
    before = service.platform.collections
    _, system = service.ask("GET", "/api/system")
    assert (system["heap_free_bytes"], system["heap_largest_bytes"], system["fragmentation_percent"]) == (5000, 5000, 0)
    assert service.platform.collections == before
