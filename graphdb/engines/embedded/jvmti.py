"""Ends a thread of the Java machine that heeds no interruption, through the machine's tool interface (JVM TI).

ArcadeDB looks for a statement's end between rows, not inside an expression: `reduce` over nested ranges would run for
days. Java itself has no means against that since `Thread.stop` was removed; the machine still has. Source of the
places in the tables: the JNI and JVM TI specifications of Java 25.
"""

import ctypes
from functools import cache
from typing import Any

_Pointer = ctypes.c_void_p
_JVMTI_1_2 = 0x30010200
_CAN_SIGNAL_THREAD = 1 << 10
_EXCEPTION = b"com/arcadedb/exception/QueryTerminatedException"

# Places in the tables of the machine, of JNI and of JVM TI.
_GET_ENVIRONMENT, _ATTACH_THREAD = 6, 7
_FIND_CLASS, _PUSH_FRAME, _POP_FRAME, _NEW_OBJECT, _GET_METHOD, _NEW_STRING = 6, 19, 20, 30, 33, 167
_ALL_THREADS, _STOP_THREAD, _THREAD_INFO, _DEALLOCATE, _ADD_CAPABILITIES = 3, 6, 8, 46, 141


class _ThreadInfo(ctypes.Structure):
    _fields_ = (
        ("name", _Pointer),
        ("priority", ctypes.c_int),
        ("daemon", ctypes.c_ubyte),
        ("group", _Pointer),
        ("loader", _Pointer),
    )


def stop_thread(name: str, reason: str) -> bool:
    """Raise ArcadeDB's QueryTerminatedException with `reason` in the thread of this name; False where there is none."""
    machine, tools = _machine()
    jni, count, threads = _Pointer(), ctypes.c_int(), ctypes.POINTER(_Pointer)()
    _call(machine, _ATTACH_THREAD, ctypes.byref(jni), None)
    _call(jni, _PUSH_FRAME, 256)
    try:
        _call(tools, _ALL_THREADS, ctypes.byref(count), ctypes.byref(threads))
        found = [each for each in threads[: count.value] if _name(tools, each) == name]
        _call(tools, _DEALLOCATE, threads)
        return any(_call(tools, _STOP_THREAD, _Pointer(each), _exception(jni, reason)) == 0 for each in found)
    finally:
        _call(jni, _POP_FRAME, None, result=_Pointer)


@cache
def _machine() -> tuple[_Pointer, _Pointer]:
    """The running machine and its tool interface, which may stop threads."""
    from arcadedb_embedded import jvm

    library = ctypes.CDLL(jvm.get_bundled_jre_lib_path())
    machine, tools, count = _Pointer(), _Pointer(), ctypes.c_int()
    library.JNI_GetCreatedJavaVMs(ctypes.byref(machine), 1, ctypes.byref(count))
    failed = _call(machine, _GET_ENVIRONMENT, ctypes.byref(tools), _JVMTI_1_2)
    wanted = (ctypes.c_uint32 * 4)(_CAN_SIGNAL_THREAD)
    failed = failed or _call(tools, _ADD_CAPABILITIES, ctypes.byref(wanted))
    assert not failed, f"JVM TI error {failed}"
    return machine, tools


def _name(tools: _Pointer, thread: int) -> str:
    info = _ThreadInfo()
    if _call(tools, _THREAD_INFO, _Pointer(thread), ctypes.byref(info)):
        return ""  # it has ended meanwhile
    name = ctypes.string_at(info.name).decode(errors="replace")
    _call(tools, _DEALLOCATE, _Pointer(info.name))
    return name


def _exception(jni: _Pointer, reason: str) -> _Pointer:
    kind = _call(jni, _FIND_CLASS, _EXCEPTION, result=_Pointer)
    maker = _call(jni, _GET_METHOD, _Pointer(kind), b"<init>", b"(Ljava/lang/String;)V", result=_Pointer)
    text = _call(jni, _NEW_STRING, reason.encode("ascii"), result=_Pointer)
    values = (ctypes.c_uint64 * 1)(text)
    return _Pointer(_call(jni, _NEW_OBJECT, _Pointer(kind), _Pointer(maker), ctypes.byref(values), result=_Pointer))


def _call(interface: _Pointer, place: int, *arguments: Any, result: Any = ctypes.c_int) -> Any:
    """Call a function of an interface: a pointer to a table of functions whose first argument is the pointer."""
    table = ctypes.cast(ctypes.cast(interface, ctypes.POINTER(_Pointer))[0] or 0, ctypes.POINTER(_Pointer))
    types = [ctypes.c_int if isinstance(each, int) else _Pointer for each in arguments]
    return ctypes.CFUNCTYPE(result, _Pointer, *types)(table[place] or 0)(interface, *arguments)
