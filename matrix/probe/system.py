"""What this machine is: its system by its true name, version, architecture, and the settings that change what bind answers.

Names are true: what imitates a system is named for itself, and says what it imitates. Nothing here names a machine,
a person or a folder of theirs.
"""

import os
import platform
import re
import sys

from .lookup import output_of, registry_value, text_of

INITIAL_PID_NAMESPACE = "pid:[4026531836]"      # PROC_PID_INIT_INO of Linux' include/linux/proc_ns.h
READ_ALL = 3                                    # syslog(2): SYSLOG_ACTION_READ_ALL
MAX_LOG = 1 << 20                               # bytes of the kernel's log

# Settings of the system that change what bind answers: Linux' Documentation/networking/ip-sysctl.rst.
LINUX_SETTINGS = ("net/ipv4/ip_nonlocal_bind", "net/ipv4/ip_autobind_reuse", "net/ipv4/ip_unprivileged_port_start",
                  "net/ipv6/bindv6only", "net/ipv6/conf/all/disable_ipv6", "net/ipv6/ip_nonlocal_bind")


def numeric_version(text):
    """The dotted number that a version begins with: `6.18.44` of `6.18.44-fc`; blank where it begins with none."""
    found = re.match(r"\d+(\.\d+)*", text or "")
    return found.group(0) if found else ""


# --- Linux, and what answers like it

def name_linux(release, proc_version, cpuinfo, log, uname_version):
    """(system, imitated system or None) of what answers like Linux.

    gVisor writes "Starting gVisor" into its kernel log (pkg/sentry/kernel/syslog.go). User-mode Linux calls its processor
    so in /proc/cpuinfo. WSL says Microsoft in its release, version 1 with a capital and without a Linux kernel. illumos'
    lx zones say BrandZ in `uname -v`.
    """
    linux = {"system": "linux", "version": numeric_version(release)}
    if "gVisor" in log:
        return "gvisor", linux
    if "User Mode Linux" in cpuinfo:
        return "user-mode-linux", linux
    if "BrandZ" in uname_version:
        return "illumos-lx", linux
    if "freebsd" in proc_version.lower():
        return "freebsd-linuxulator", linux
    if "Microsoft" in release:
        return "wsl1", linux
    if "microsoft" in release:
        return "wsl2", linux
    return "linux", None


def kernel_log():
    """Linux' kernel log as far as this account may read it, by syslog(2); blank where it may not."""
    try:
        import ctypes
        room = ctypes.create_string_buffer(MAX_LOG)
        size = ctypes.CDLL(None, use_errno=True).klogctl(READ_ALL, room, len(room))
        return room.raw[:max(size, 0)].decode("utf-8", "replace")
    except (ImportError, OSError, AttributeError):
        return ""


def linux_facts():
    """Facts of Linux, and of what answers like it: `version` is blank where the release is only an imitation's."""
    uname = os.uname()
    system, imitates = name_linux(uname.release, text_of("/proc/version"), text_of("/proc/cpuinfo"), kernel_log(), uname.version)
    pretty = re.search(r'(?m)^PRETTY_NAME="?([^"\n]*)', text_of("/etc/os-release"))
    version = "" if system == "gvisor" else numeric_version(uname.release)
    return {"system": system, "version": version, "kernel": uname.release, "imitates": imitates,
            "name": pretty.group(1) if pretty else "Linux",
            "container": "" if system == "gvisor" else linux_container()}


def linux_container():
    """Which container this is, by the marks that each leaves; blank in the first PID namespace.

    Marks alone lie: a virtual machine may run on a file system that was made for a container.
    """
    try:
        if os.readlink("/proc/self/ns/pid") == INITIAL_PID_NAMESPACE:
            return ""
    except OSError:
        return ""
    for path, name in (("/.dockerenv", "docker"), ("/run/.containerenv", "podman")):
        if os.path.exists(path):
            return name
    groups = text_of("/proc/1/cgroup") + text_of("/proc/1/environ")
    for mark in ("kubepods", "docker", "lxc", "systemd-nspawn"):
        if mark in groups:
            return mark
    return "container"


# --- other Unixes

def unix_facts():
    """Facts of macOS, the BSDs, illumos and Solaris. `uname -v` stays out: it may name the machine that built the kernel."""
    uname = os.uname()
    system = {"sunos": "solaris"}.get(uname.sysname.lower(), uname.sysname.lower())
    if system == "solaris" and "illumos" in (uname.version + text_of("/etc/release")).lower() + output_of(["uname", "-o"]).lower():
        system = "illumos"
    name = "%s %s" % (uname.sysname, uname.release)
    if system == "darwin":
        name = "macOS %s" % platform.mac_ver()[0]
    jailed = output_of(["sysctl", "-n", "security.jail.jailed"]).strip() if system == "freebsd" else ""
    return {"system": system, "version": numeric_version(uname.release), "kernel": uname.release,
            "imitates": None, "name": name, "container": "jail" if jailed == "1" else ""}


# --- Windows, and what answers like it

def name_windows(wine, product, true_version):
    """(system, imitated system or None) of what answers like Windows.

    Wine: only its ntdll exports `wine_get_version`. ReactOS names itself in ProductName.
    """
    windows = {"system": "windows", "version": true_version}
    if wine:
        return "wine", windows
    if "reactos" in product.lower():
        return "reactos", windows
    return "windows", None


def wine_version():
    """Wine's own version, blank on anything else."""
    try:
        import ctypes
        function = ctypes.WinDLL("ntdll").wine_get_version
        function.restype = ctypes.c_char_p
        return function().decode("ascii", "replace")
    except (ImportError, AttributeError, OSError):
        return ""


def true_windows_version():
    """(`major.minor.build`, service pack) as the kernel has them, by RtlGetVersion: GetVersionEx answers what a manifest asks for."""
    import ctypes

    class VersionInfo(ctypes.Structure):        # RTL_OSVERSIONINFOW, winnt.h
        _fields_ = [("size", ctypes.c_ulong), ("major", ctypes.c_ulong), ("minor", ctypes.c_ulong),
                    ("build", ctypes.c_ulong), ("platform", ctypes.c_ulong), ("service_pack", ctypes.c_wchar * 128)]

    info = VersionInfo()
    info.size = ctypes.sizeof(info)
    ctypes.WinDLL("ntdll").RtlGetVersion(ctypes.byref(info))
    return "%d.%d.%d" % (info.major, info.minor, info.build), info.service_pack


def windows_facts():
    """Facts of Windows, and of what answers like it: `version` is Wine's own, `kernel` that of the Windows which it imitates."""
    current = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
    version, service_pack = true_windows_version()
    product = str(registry_value(current, "ProductName")) or "Windows"
    wine = wine_version()
    system, imitates = name_windows(wine, product, version)
    revision = registry_value(current, "UBR")
    words = [product, str(registry_value(current, "DisplayVersion")), service_pack]
    contained = registry_value("SYSTEM\\CurrentControlSet\\Control", "ContainerType")
    return {"system": system, "version": numeric_version(wine) if wine else version,
            "kernel": version + (".%s" % revision if revision != "" else ""), "imitates": imitates,
            "name": ("Wine %s" % wine) if wine else " ".join(word for word in words if word),
            "container": "windows-container" if contained not in ("", 0) else ""}


# --- any system

def system_facts():
    """What this system is: {"system", "version", "kernel", "imitates", "name", "container"}, as host.json has them."""
    if sys.platform == "win32":
        return windows_facts()
    if sys.platform.startswith("linux"):
        return linux_facts()
    if sys.platform in ("cygwin", "msys"):
        return {"system": "cygwin", "version": numeric_version(platform.release()), "imitates": None,
                "kernel": platform.release(), "name": "Cygwin", "container": ""}
    return unix_facts()


def machine():
    """The processor's architecture, in lower case. On Windows from the registry: `platform` would ask WMI there."""
    if sys.platform != "win32":
        return platform.machine().lower()
    architecture = registry_value("SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment", "PROCESSOR_ARCHITECTURE")
    return str(architecture or os.environ.get("PROCESSOR_ARCHITECTURE", "unknown")).lower()


def settings_facts():
    """The settings that change what bind answers, as the system has them: {sysctl name: text}; empty where none are known."""
    found = {}
    for name in LINUX_SETTINGS if sys.platform.startswith("linux") else ():
        value = text_of("/proc/sys/" + name).strip()
        if value:
            found[name.replace("/", ".")] = value
    return found


def default_target(facts):
    """The name of a run that was given none: the system and its version, as `linux-6.18.44`."""
    short = {"user-mode-linux": "uml"}.get(facts["system"], facts["system"])
    return re.sub(r"[^a-z0-9._-]+", "-", "-".join([short] + [facts["version"]] * bool(facts["version"])).lower())
