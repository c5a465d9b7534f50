"""The Windows calls by ctypes. Every number and layout is that of the Windows SDK's headers named beside it."""

import os
import struct

from .common import NotAvailable


class Windows(object):
    """Tokens, processes and accounts of this machine. Raises NotAvailable, naming the call and its error, where one fails."""

    LOGON32_LOGON_INTERACTIVE = 2           # winbase.h
    CREATE_UNICODE_ENVIRONMENT = 0x00000400
    CREATE_NO_WINDOW = 0x08000000
    STARTF_USESHOWWINDOW, STARTF_USESTDHANDLES = 0x00000001, 0x00000100
    INFINITE = 0xFFFFFFFF
    SW_HIDE = 0                             # winuser.h
    STILL_ACTIVE = 259
    PROCESS_QUERY_LIMITED_INFORMATION = 0x1000      # winnt.h
    PROCESS_QUERY_INFORMATION = 0x0400
    TOKEN_QUERY = 0x0008
    TOKEN_USER, TOKEN_ELEVATION = 1, 20
    USER_PRIV_USER = 1                      # lmaccess.h
    UF_SCRIPT, UF_NORMAL_ACCOUNT, UF_DONT_EXPIRE_PASSWD = 0x0001, 0x0200, 0x10000
    FILTER_NORMAL_ACCOUNT = 0x0002
    MAX_PREFERRED_LENGTH = 0xFFFFFFFF       # lmcons.h
    ERROR_ACCESS_DENIED = 5                 # winerror.h
    ERROR_MORE_DATA = 234
    ERROR_MEMBER_IN_ALIAS = 1378
    NERR_USER_NOT_FOUND = 2221              # lmerr.h
    ADMINISTRATORS, USERS = "S-1-5-32-544", "S-1-5-32-545"      # the same in every language

    def __init__(self):
        import ctypes
        from ctypes import wintypes
        self.c, self.t = ctypes, wintypes
        self.kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        self.advapi = ctypes.WinDLL("advapi32", use_last_error=True)
        self.netapi = ctypes.WinDLL("netapi32")
        self.declare()

    def declare(self):
        """Argument types: without them a 64-bit handle is cut to 32 bits."""
        t, pointer = self.t, self.c.c_void_p
        for library, name, arguments in (
                (self.kernel, "GetCurrentProcess", ()),
                (self.kernel, "OpenProcess", (t.DWORD, t.BOOL, t.DWORD)),
                (self.kernel, "CloseHandle", (t.HANDLE,)),
                (self.kernel, "GetExitCodeProcess", (t.HANDLE, pointer)),
                (self.kernel, "GetProcessTimes", (t.HANDLE, pointer, pointer, pointer, pointer)),
                (self.kernel, "ProcessIdToSessionId", (t.DWORD, pointer)),
                (self.kernel, "WaitForSingleObject", (t.HANDLE, t.DWORD)),
                (self.kernel, "TerminateProcess", (t.HANDLE, t.UINT)),
                (self.kernel, "LocalFree", (pointer,)),
                (self.advapi, "OpenProcessToken", (t.HANDLE, t.DWORD, pointer)),
                (self.advapi, "GetTokenInformation", (t.HANDLE, self.c.c_int, pointer, t.DWORD, pointer)),
                (self.advapi, "ConvertSidToStringSidW", (pointer, pointer)),
                (self.advapi, "LookupAccountSidW", (t.LPCWSTR, pointer, t.LPWSTR, pointer, t.LPWSTR, pointer, pointer)),
                (self.advapi, "ConvertStringSidToSidW", (t.LPCWSTR, pointer)),
                (self.advapi, "CheckTokenMembership", (t.HANDLE, pointer, pointer)),
                (self.advapi, "LogonUserW", (t.LPCWSTR, t.LPCWSTR, t.LPCWSTR, t.DWORD, t.DWORD, pointer)),
                (self.advapi, "CreateProcessWithLogonW", (t.LPCWSTR, t.LPCWSTR, t.LPCWSTR, t.DWORD, t.LPCWSTR, t.LPWSTR,
                                                          t.DWORD, pointer, t.LPCWSTR, pointer, pointer)),
                (self.advapi, "CreateProcessWithTokenW", (t.HANDLE, t.DWORD, t.LPCWSTR, t.LPWSTR, t.DWORD, pointer,
                                                          t.LPCWSTR, pointer, pointer)),
                (self.advapi, "CreateProcessAsUserW", (t.HANDLE, t.LPCWSTR, t.LPWSTR, pointer, pointer, t.BOOL, t.DWORD,
                                                       pointer, t.LPCWSTR, pointer, pointer)),
                (self.netapi, "NetUserAdd", (t.LPCWSTR, t.DWORD, pointer, pointer)),
                (self.netapi, "NetUserDel", (t.LPCWSTR, t.LPCWSTR)),
                (self.netapi, "NetUserEnum", (t.LPCWSTR, t.DWORD, t.DWORD, pointer, t.DWORD, pointer, pointer, pointer)),
                (self.netapi, "NetUserGetInfo", (t.LPCWSTR, t.LPCWSTR, t.DWORD, pointer)),
                (self.netapi, "NetLocalGroupAddMembers", (t.LPCWSTR, t.LPCWSTR, t.DWORD, pointer, t.DWORD)),
                (self.netapi, "NetApiBufferFree", (pointer,))):
            function = getattr(library, name, None)     # CreateProcessWithTokenW is not on Windows XP
            if function is not None:
                function.argtypes = arguments
        self.kernel.GetCurrentProcess.restype = t.HANDLE
        self.kernel.OpenProcess.restype = t.HANDLE
        self.kernel.LocalFree.restype = pointer

    def structure(self, *fields):
        """A structure of these (name, type) fields."""
        return type("Structure", (self.c.Structure,), {"_fields_": list(fields)})

    def checked(self, done, call):
        """Raise NotAvailable for a call that returned 0, in the thread that called: the error is kept by thread."""
        if not done:
            raise NotAvailable("%s failed: error %d" % (call, self.c.get_last_error()))

    # --- our own process

    def token_information(self, number, size):
        """GetTokenInformation of our own process: the buffer that its bytes point into, None where there is no such information."""
        token, room, used = self.t.HANDLE(), self.c.create_string_buffer(size), self.t.DWORD()
        self.checked(self.advapi.OpenProcessToken(self.kernel.GetCurrentProcess(), self.TOKEN_QUERY,
                                                  self.c.byref(token)), "OpenProcessToken")
        try:
            if not self.advapi.GetTokenInformation(token, number, room, size, self.c.byref(used)):
                return None
            return room
        finally:
            self.kernel.CloseHandle(token)

    def own_sid(self):
        """The SID of our account, as text."""
        room = self.token_information(self.TOKEN_USER, 256)
        if room is None:
            raise OSError("GetTokenInformation failed")
        sid, text = self.c.cast(room, self.c.POINTER(self.c.c_void_p))[0], self.t.LPWSTR()
        self.checked(self.advapi.ConvertSidToStringSidW(sid, self.c.byref(text)), "ConvertSidToStringSidW")
        try:
            return text.value
        finally:
            self.kernel.LocalFree(self.c.cast(text, self.c.c_void_p))

    def elevated(self):
        """Whether our token is elevated; None before Vista, which has no such thing."""
        room = self.token_information(self.TOKEN_ELEVATION, 4)
        return None if room is None else bool(struct.unpack("I", room.raw[:4])[0])

    def sid_of(self, text):
        """A SID from its text, to be given back with LocalFree."""
        sid = self.c.c_void_p()
        self.checked(self.advapi.ConvertStringSidToSidW(text, self.c.byref(sid)), "ConvertStringSidToSidW")
        return sid

    def administrator(self):
        """Whether our token has the rights of Administrators: not before it is elevated."""
        sid, member = self.sid_of(self.ADMINISTRATORS), self.t.BOOL()
        try:
            self.checked(self.advapi.CheckTokenMembership(None, sid, self.c.byref(member)), "CheckTokenMembership")
            return bool(member.value)
        finally:
            self.kernel.LocalFree(sid)

    def session(self):
        """The session that this process runs in; 0, that of services, also where it can't be found out."""
        number = self.t.DWORD()
        if not self.kernel.ProcessIdToSessionId(os.getpid(), self.c.byref(number)):
            return 0
        return number.value

    # --- processes

    def started_at(self, process):
        """When a living process started (a FILETIME), or None where there is none with this number."""
        handle = None
        for access in (self.PROCESS_QUERY_LIMITED_INFORMATION, self.PROCESS_QUERY_INFORMATION):     # the latter before Vista
            handle = handle or self.kernel.OpenProcess(access, False, process)
        if not handle:
            return None
        try:
            times = [self.c.c_uint64() for _ in range(4)]
            self.kernel.GetProcessTimes(handle, *[self.c.byref(each) for each in times])
            return times[0].value if self.exit_status(handle) == self.STILL_ACTIVE else None
        finally:
            self.kernel.CloseHandle(handle)

    def exit_status(self, handle):
        """The exit status of a process, STILL_ACTIVE while it lives."""
        code = self.t.DWORD()
        self.kernel.GetExitCodeProcess(handle, self.c.byref(code))
        return code.value

    def has_ended(self, handle, timeout):
        """Wait for the end of a process for so many seconds, None for as long as it takes: whether it has ended."""
        return not self.kernel.WaitForSingleObject(handle, self.INFINITE if timeout is None else int(timeout * 1000))

    def terminate(self, handle):
        """End a process by force."""
        self.kernel.TerminateProcess(handle, 1)

    def close_handle(self, handle):
        """Give a handle back."""
        self.kernel.CloseHandle(handle)

    def start_as(self, method, name, password, program, line, environment, handles, folder):
        """Start a program with a command line as an account, with three handles as its standard ones: its process handle.

        CREATE_NO_WINDOW is ignored beside CREATE_NEW_CONSOLE, which two of the three calls always set: SW_HIDE hides
        the console's window there. Those two also hand over the standard handles without being asked.
        """
        t, text = self.t, self.t.LPWSTR
        startup_record = self.structure(
            ("size", t.DWORD), ("reserved", text), ("desktop", text), ("title", text), ("x", t.DWORD), ("y", t.DWORD),
            ("width", t.DWORD), ("height", t.DWORD), ("columns", t.DWORD), ("rows", t.DWORD), ("fill", t.DWORD),
            ("flags", t.DWORD), ("show", t.WORD), ("reserved_size", t.WORD), ("reserved_bytes", self.c.c_void_p),
            ("input", t.HANDLE), ("output", t.HANDLE), ("error", t.HANDLE))
        process_record = self.structure(("process", t.HANDLE), ("thread", t.HANDLE), ("process_id", t.DWORD), ("thread_id", t.DWORD))
        startup, process = startup_record(), process_record()
        startup.size = self.c.sizeof(startup)
        startup.flags, startup.show = self.STARTF_USESTDHANDLES | self.STARTF_USESHOWWINDOW, self.SW_HIDE
        startup.input, startup.output, startup.error = handles
        flags = self.CREATE_UNICODE_ENVIRONMENT | self.CREATE_NO_WINDOW
        block, words = self.c.create_unicode_buffer(environment), self.c.create_unicode_buffer(line)
        ends = (folder, self.c.byref(startup), self.c.byref(process))
        if getattr(self.advapi, method, None) is None:
            raise NotAvailable("%s is not on this Windows" % method)
        if method == "CreateProcessWithLogonW":
            done = self.advapi.CreateProcessWithLogonW(name, ".", password, 0, program, words, flags, block, *ends)
            self.checked(done, method)
        else:
            # A blank desktop is, for CreateProcessAsUserW, a window station of the logon's own: ours is closed to it. For
            # the other two calls NULL and blank are documented as the same, our own window station.
            startup.desktop = ""
            token = t.HANDLE()
            self.checked(self.advapi.LogonUserW(name, ".", password, self.LOGON32_LOGON_INTERACTIVE, 0, self.c.byref(token)),
                         "LogonUserW")
            try:
                if method == "CreateProcessWithTokenW":
                    done = self.advapi.CreateProcessWithTokenW(token, 0, program, words, flags, block, *ends)
                else:
                    done = self.advapi.CreateProcessAsUserW(token, program, words, None, None, True, flags, block, *ends)
                self.checked(done, method)
            finally:
                self.kernel.CloseHandle(token)
        self.kernel.CloseHandle(process.thread)
        return process.process

    # --- accounts

    def users(self):
        """Names of the accounts of this machine."""
        record = self.structure(("name", self.t.LPWSTR))
        found, resume = [], self.t.DWORD(0)
        while True:
            buffer, read, total = self.c.c_void_p(), self.t.DWORD(), self.t.DWORD()
            status = self.netapi.NetUserEnum(None, 0, self.FILTER_NORMAL_ACCOUNT, self.c.byref(buffer), self.MAX_PREFERRED_LENGTH,
                                             self.c.byref(read), self.c.byref(total), self.c.byref(resume))
            if status not in (0, self.ERROR_MORE_DATA):
                raise NotAvailable("NetUserEnum failed: error %d" % status)
            records = self.c.cast(buffer, self.c.POINTER(record))
            found += [records[n].name for n in range(read.value)]
            self.netapi.NetApiBufferFree(buffer)
            if status == 0:
                return found

    def comment_of(self, name):
        """The comment of an account; blank where it can't be had."""
        text = self.t.LPWSTR
        record = self.structure(("name", text), ("comment", text), ("user_comment", text), ("full_name", text))     # USER_INFO_10
        buffer = self.c.c_void_p()
        if self.netapi.NetUserGetInfo(None, name, 10, self.c.byref(buffer)):
            return ""
        try:
            return self.c.cast(buffer, self.c.POINTER(record))[0].comment or ""
        finally:
            self.netapi.NetApiBufferFree(buffer)

    def add_user(self, name, password, comment):
        """Make an account."""
        text, number = self.t.LPWSTR, self.t.DWORD
        record = self.structure(("name", text), ("password", text), ("age", number), ("privilege", number),
                                ("home", text), ("comment", text), ("flags", number), ("script", text))     # USER_INFO_1
        user, parameter = record(), number()
        user.name, user.password, user.comment = name, password, comment
        user.privilege = self.USER_PRIV_USER
        user.flags = self.UF_SCRIPT | self.UF_NORMAL_ACCOUNT | self.UF_DONT_EXPIRE_PASSWD
        status = self.netapi.NetUserAdd(None, 1, self.c.byref(user), self.c.byref(parameter))
        if status:
            raise NotAvailable("NetUserAdd failed: error %d%s" % (
                status, " (only an administrator may make an account)" if status == self.ERROR_ACCESS_DENIED else ""))

    def add_to_users(self, name):
        """Make the account a member of Users, whatever that is called here: NetUserAdd alone lets it log on nowhere."""
        size, domain_size, use = self.t.DWORD(256), self.t.DWORD(256), self.t.DWORD()
        group, domain = self.c.create_unicode_buffer(256), self.c.create_unicode_buffer(256)
        sid = self.sid_of(self.USERS)
        try:
            self.checked(self.advapi.LookupAccountSidW(None, sid, group, self.c.byref(size), domain, self.c.byref(domain_size),
                                                       self.c.byref(use)), "LookupAccountSidW")
        finally:
            self.kernel.LocalFree(sid)
        member = self.structure(("name", self.t.LPWSTR))()      # LOCALGROUP_MEMBERS_INFO_3
        member.name = name
        status = self.netapi.NetLocalGroupAddMembers(None, group.value, 3, self.c.byref(member), 1)
        if status not in (0, self.ERROR_MEMBER_IN_ALIAS):
            raise NotAvailable("NetLocalGroupAddMembers failed: error %d" % status)

    def remove_user(self, name):
        """Remove an account: "" or what kept it from being removed."""
        status = self.netapi.NetUserDel(None, name)
        return "" if status in (0, self.NERR_USER_NOT_FOUND) else "NetUserDel failed: error %d" % status
