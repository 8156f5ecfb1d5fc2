"""ROM: what the chips print of themselves between reset and application."""

from dataclasses import dataclass

from pyralis.deploy.esp.boards import ESP32, ESP32_C3, ESP32_S3, Chip

# Why a chip starts.
POWER_ON, WATCHDOG, SOFTWARE = "power on", "watchdog", "software"
ROM_FAILED = "rom failed"  # it found no bootloader, and its watchdog bit
BOOTLOADER_FAILED = "bootloader failed"  # it found no application, and reset the chip
FAILED = {ROM_FAILED, BOOTLOADER_FAILED}

CRASH = "\nGuru Meditation Error: Core  0 panic'ed (the interpreter crashed).\n\nRebooting...\n"


@dataclass(frozen=True)
class Texts:
    """What one chip's ROM says."""

    banner: str
    resets: dict[str, str]
    boot: str  # from flash
    loaded: str


_TEXTS = {
    ESP32: Texts(
        "ets Jul 29 2019 12:21:46\n\n",
        {
            POWER_ON: "rst:0x1 (POWERON_RESET)",
            WATCHDOG: "rst:0xc (SW_CPU_RESET)",
            SOFTWARE: "rst:0xc (SW_CPU_RESET)",
            ROM_FAILED: "rst:0x10 (RTCWDT_RTC_RESET)",
            BOOTLOADER_FAILED: "rst:0x3 (SW_RESET)",
        },
        "boot:0x13 (SPI_FAST_FLASH_BOOT)\n",
        "configsip: 0, SPIWP:0xee\nclk_drv:0x00,q_drv:0x00,d_drv:0x00,cs0_drv:0x00,hd_drv:0x00,wp_drv:0x00\n"
        "mode:DIO, clock div:2\n",
    ),
    ESP32_S3: Texts(
        "ESP-ROM:esp32s3-20210327\nBuild:Mar 27 2021\n",
        {
            POWER_ON: "rst:0x1 (POWERON)",
            WATCHDOG: "rst:0xc (RTC_SW_CPU_RST)",
            SOFTWARE: "rst:0xc (RTC_SW_CPU_RST)",
            ROM_FAILED: "rst:0x7 (TG0WDT_SYS_RST)",
            BOOTLOADER_FAILED: "rst:0x3 (RTC_SW_SYS_RST)",
        },
        "boot:0x8 (SPI_FAST_FLASH_BOOT)\n",
        "SPIWP:0xee\nmode:DIO, clock div:1\n",
    ),
    ESP32_C3: Texts(
        "ESP-ROM:esp32c3-api1-20210207\nBuild:Feb  7 2021\n",
        {
            POWER_ON: "rst:0x1 (POWERON)",
            WATCHDOG: "rst:0xc (RTC_SW_CPU_RST)",
            SOFTWARE: "rst:0xc (RTC_SW_CPU_RST)",
            ROM_FAILED: "rst:0x7 (TG0WDT_SYS_RST)",
            BOOTLOADER_FAILED: "rst:0x3 (RTC_SW_SYS_RST)",
        },
        "boot:0xc (SPI_FAST_FLASH_BOOT)\n",
        "SPIWP:0xee\nmode:DIO, clock div:1\n",
    ),
}


def banner(chip: Chip, cause: str) -> str:
    """The first lines after a reset."""
    texts = _TEXTS[chip]
    return f"{texts.banner}{texts.resets[cause]},{texts.boot}"


def loading(chip: Chip) -> str:
    """What follows once there is something to load."""
    return _TEXTS[chip].loaded


def watchdog_bites(uptime_ms: int) -> str:
    """What ESP-IDF prints before the watchdog resets the chip."""
    head = f"E ({uptime_ms}) task_wdt:"
    return (
        f"{head} Task watchdog got triggered. The following tasks/users did not reset the watchdog in time:\n"
        f"{head}  - mp_task (CPU 0)\n{head} Aborting.\n\nRebooting...\n"
    )
