"""Build the compiled core: everything else about the package stands in pyproject.toml."""

from glob import glob

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
    """Add the flags of the compiler that is really used."""

    def build_extensions(self):
        """Set flags on each extension, then build."""
        for extension in self.extensions:
            extension.extra_compile_args = FLAGS.get(self.compiler.compiler_type, [])
        super().build_extensions()


setup(
    ext_modules=[
        Extension(
            "w2v._core",
            ["w2v/_core.pyx", *sorted(glob("w2v/csrc/*.c"))],
            depends=[*glob("w2v/csrc/*.h"), *glob("w2v/csrc/*.inl"), *glob("w2v/*.pxd")],
        )
    ],
    cmdclass={"build_ext": BuildExt},
)
