"""What a client of WLED sends becomes changes of the tree: looked at whole, then made through the manager."""

from pyralis.api.wled.fields import take_colors, take_number, take_switch
from pyralis.api.wled.lists import effect_named, effect_names, effect_number, palette_names
from pyralis.api.wled.picture import SLIDERS, SWITCHES, Picture, from_slider, most, slots, to_slider
from pyralis.core.controls import SELECT
from pyralis.core.errors import Refusal
from pyralis.core.manager import is_name
from pyralis.core.presets import LAST_ID
from pyralis.wire import MAX_NAME_CHARS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.api.wled.memory import Remembered
    from pyralis.core.manager import ModuleManager
    from pyralis.core.presets import Presets
    from pyralis.core.stateful import StatefulModule

_FADE = "fade_ms"  # the driver's control


def change_state(
    manager: "ModuleManager", remembered: "Remembered", presets: "Presets", fields: "dict[str, object]"
) -> None:
    """Do what a client asks, or Refusal before anything is done; fields that mean nothing here are passed over."""
    recalled, saved, deleted = [_preset(fields, name) for name in ("ps", "psave", "pdel")]
    picture = Picture(manager)
    segment = _segment(fields)
    change = _SegmentChange(manager, picture, remembered, segment) if segment and not recalled else None
    name = _name(fields, saved)
    values = _driver_values(picture, remembered, fields)
    fade_ms = _fade_ms(picture, fields, "tt")
    # What may still be refused comes first.
    if deleted:
        presets.delete(deleted)
    if fade_ms is not None:
        _fade_next(picture, fade_ms)
    if recalled:
        presets.recall(recalled)
    if change is not None:
        change.make(manager)
    if values:
        manager.set_controls(picture.driver.id, values)
    if saved:
        presets.save(name, saved)


def _name(fields: "dict[str, object]", saved: int) -> str:
    name = fields.get("n") or f"Preset {saved}"
    if saved and not (isinstance(name, str) and is_name(name.strip())):
        raise Refusal("invalid_value", f"n takes a name of up to {MAX_NAME_CHARS} characters on one line")
    return str(name)


def _preset(fields: "dict[str, object]", name: str) -> int:
    value = fields.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or value > LAST_ID:
        raise Refusal("invalid_value", f"{name} takes the number of a preset, up to {LAST_ID}")
    return max(value, 0)  # -1 is none


def _segment(fields: "dict[str, object]") -> "dict[str, object]":
    """What is said of the one segment there is, number 0."""
    said = fields.get("seg", {})
    segments = said if isinstance(said, list) else [said]
    found: dict[str, object] = {}
    for segment in segments:
        if not isinstance(segment, dict):
            raise Refusal("invalid_value", "seg takes an object or a list of objects")
        if segment.get("id", 0) == 0:
            found.update(segment)
    return found


def _driver_values(picture: "Picture", remembered: "Remembered", fields: "dict[str, object]") -> "dict[str, object]":
    values: dict[str, object] = {}
    driver = picture.driver
    fade_ms = _fade_ms(picture, fields, "transition")
    if fade_ms is not None:
        values[_FADE] = fade_ms
    now: int = driver.brightness  # type: ignore[attr-defined]
    brightness = _switched(remembered.brightness, now, fields)
    if brightness != now:
        values["brightness"] = brightness
    return values


def _fade_ms(picture: "Picture", fields: "dict[str, object]", name: str) -> "int | None":
    """What a field says in tenths of a second, as far as the driver goes; None where it is not there."""
    tenths = take_number(fields, name, 0, 65535)
    fade = picture.driver.control(_FADE)
    return None if tenths is None or fade is None else min(100 * tenths, fade.maximum)


def _fade_next(picture: "Picture", fade_ms: int) -> None:
    if picture.driver.services.memory.low:
        return  # nothing fades then
    try:
        from pyralis.light.fade import fade_next

        fade_next(picture.driver, fade_ms)  # type: ignore[arg-type]
    except MemoryError:
        return  # a change at once is better than none


def _switched(level, now: int, fields: "dict[str, object]") -> int:  # type: ignore[no-untyped-def]
    wanted, on = take_number(fields, "bri", level.level(now), 255), take_switch(fields, "on", now > 0)
    changed: int = level.change(now, wanted, on)
    return changed


class _SegmentChange:
    """A change of layer and effect, checked and not made yet."""

    def __init__(
        self, manager: "ModuleManager", picture: Picture, remembered: "Remembered", fields: "dict[str, object]"
    ) -> None:
        self._layer, self._effect = picture.layer, picture.effect
        if self._layer is None:
            raise Refusal("not_accepted", "there is nothing to show effects yet: add an EffectsLayer first")
        self._type_name = self._chosen_type(manager, fields)
        target = self._effect if self._type_name is None else manager.make(self._type_name)
        self._values = _effect_values(target, fields)
        self._opacity = _switched(remembered.opacity, self._layer.opacity, fields)  # type: ignore[attr-defined]

    def _chosen_type(self, manager: "ModuleManager", fields: "dict[str, object]") -> "str | None":
        """The type that the effect is to be of, None where it stays."""
        now = effect_number(manager, self._effect.type_name) if self._effect is not None else 0
        last = sum([1 for _ in effect_names(manager)]) - 1
        number = take_number(fields, "fx", now, last, manager.services.platform.random_id)
        name = None if number is None else effect_named(manager, number)
        return name if self._effect is None or name != self._effect.type_name else None

    def make(self, manager: "ModuleManager") -> None:
        """Make it."""
        layer, effect = self._layer, self._effect
        if layer is None:
            return
        if self._type_name is not None:
            if effect is None:
                effect = manager.add(self._type_name, layer.id)
            else:
                effect = manager.replace(effect.id, self._type_name)
        if self._opacity != layer.opacity:  # type: ignore[attr-defined]
            manager.set_controls(layer.id, {"opacity": self._opacity})
        if effect is not None and self._values:
            manager.set_controls(effect.id, self._values)


def _effect_values(effect: "StatefulModule | None", fields: "dict[str, object]") -> "dict[str, object]":
    """Values for those controls of an effect that WLED has a slider, switch, colour or palette for."""
    found = slots(effect)
    values: dict[str, object] = {}
    for slot in SLIDERS:
        control = found.get(slot)
        now = 128 if control is None else to_slider(slot, control, getattr(effect, control.name))
        number = take_number(fields, slot, now, most(slot))
        if control is not None and number is not None and number != now:
            values[control.name] = from_slider(slot, control, number)
    for slot in SWITCHES:
        control = found.get(slot)
        switch = take_switch(fields, slot, control is not None and bool(getattr(effect, control.name)))
        if control is not None and switch is not None:
            values[control.name] = switch
    for number, color in enumerate(take_colors(fields)):
        control = found.get(str(number))
        if control is not None and color is not None:
            values[control.name] = color
    _choose_palette(effect, fields, values)
    return values


def _choose_palette(effect: "StatefulModule | None", fields: "dict[str, object]", values: "dict[str, object]") -> None:
    control = slots(effect).get("pal")
    names = palette_names()
    now = getattr(effect, "palette", "")
    number = take_number(fields, "pal", names.index(now) if now in names else 0, len(names) - 1)
    if number is None or control is None or control.kind != SELECT:
        return
    if names[number] not in control.detail:
        takes = ", ".join([str(names.index(name)) for name in control.detail if name in names])
        raise Refusal("invalid_value", f"pal {number} is '{names[number]}', this effect takes: {takes}")
    values[control.name] = names[number]
