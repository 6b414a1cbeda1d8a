"""Build the compiled core: everything else about the package stands in pyproject.toml."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from glob import glob
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# Compiler flags by compiler family. No -march=native: the kernels choose their instruction set at
# import. No -ffast-math: sums and NaN checks keep their meaning. FMA contraction is asked for by
# name because a strict -std would turn it off.
FLAGS = {
    "unix": ["-O3", "-std=gnu11", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"],
    "mingw32": ["-O3", "-std=gnu11", "-ffp-contract=fast", "-fno-math-errno"],
    "msvc": ["/O2", "/std:c11", "/experimental:c11atomics"],
}


class BuildExt(build_ext):
    """Add the flags of the compiler that is really used; compile only what changed."""

    def build_extensions(self):
        """Set flags on each extension, then build."""
        more = os.environ.get("W2V_CFLAGS", "").split()  # those of .ci/sanitize and .ci/coverage
        for extension in self.extensions:
            extension.extra_compile_args = FLAGS.get(self.compiler.compiler_type, []) + more
            extension.extra_link_args = more
        if self.compiler.compiler_type == "unix":
            self.compiler.compile = partial(compile_changed, self.compiler.compile)
        super().build_extensions()


def compile_changed(compile_all, sources, output_dir, extra_postargs, **settings):
    """Compile the sources that are newer than their objects, a core each.

    setuptools compiles all of them one after another, though the edit of one C file takes a second.
    """

    def compile_one(source):
        target = Path(output_dir, source).with_suffix(".o")
        needs = target.with_suffix(".d")  # written by the compiler: "object: source headers"
        if target.exists() and needs.exists():
            paths = needs.read_text().replace("\\\n", " ").split(": ", 1)[1].split()
            made = target.stat().st_mtime
            if all(os.path.exists(path) and os.path.getmtime(path) < made for path in paths):
                return [str(target)]
        return compile_all(
            [source], output_dir, extra_postargs=[*extra_postargs, "-MMD"], **settings
        )

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [object for objects in pool.map(compile_one, sources) for object in objects]


TEXT = [f"w2v/csrc/{name}.c" for name in ("draws", "ids", "phrases", "tokens", "walks")]
HEADERS = [*glob("w2v/csrc/*.h"), *glob("w2v/csrc/*.inl"), *glob("w2v/*.pxd")]
CORE = sorted(set(glob("w2v/csrc/*.c")) - set(TEXT[1:]))

EXTENSIONS = [
    Extension("w2v._core", ["w2v/_core.pyx", *CORE], depends=HEADERS, include_dirs=["w2v"]),
    Extension("w2v._text", ["w2v/_text.pyx", *TEXT], depends=HEADERS, include_dirs=["w2v"]),
]

setup(
    ext_modules=cythonize(EXTENSIONS, build_dir="build"),  # no generated C beside the sources
    cmdclass={"build_ext": BuildExt},
)
