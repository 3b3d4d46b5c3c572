"""Putting something in the place of what modules hold, and taking it back; also in modules that are yet to come."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from typing import Any, Callable, Sequence, cast  # noqa: UP035 - the program's Python may be older than ours

Patch = Callable[[Any], None]


class Replacements:
    """What was replaced, with what stood there."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any, bool]] = []
        self._finder: _Finder | None = None

    def put(self, holder: Any, name: str, value: Any) -> Any:
        """Replace an attribute; gives what it was, None where there was none."""
        own = name in vars(holder)
        before = getattr(holder, name, None)
        self._undo.append((holder, name, vars(holder).get(name), own))
        setattr(holder, name, value)
        return before

    def later(self, undo: Callable[[], None]) -> None:
        """Something to be done when everything is taken back."""
        self._undo.append((undo, "", None, False))

    def whenever_imported(self, patches: dict[str, Patch]) -> None:
        """Change modules: those that are there now, the others as soon as they are imported."""
        for name, patch in patches.items():
            if name in sys.modules:
                patch(sys.modules[name])
        self._finder = _Finder({name: patch for name, patch in patches.items() if name not in sys.modules})
        sys.meta_path.insert(0, self._finder)

    def undo(self) -> None:
        """Put everything back."""
        if self._finder is not None and self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        while self._undo:
            holder, name, value, own = self._undo.pop()
            if not name:
                holder()
            elif own:
                setattr(holder, name, value)
            else:
                delattr(holder, name)


class _Finder:
    """Finds modules as Python does, and changes some once they are loaded."""

    def __init__(self, patches: dict[str, Patch]) -> None:
        self._patches = patches

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        patch = self._patches.pop(name, None)
        if patch is None:
            return None
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, specs), None)
        if spec is not None and spec.loader is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = cast(Any, _Loader(spec.loader, patch))
        return spec


class _Loader:
    """Another loader, and a change to what it has loaded."""

    def __init__(self, loader: Any, patch: Patch) -> None:
        self._loader, self._patch = loader, patch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        self._loader.exec_module(module)
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._patch(module)
