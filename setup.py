"""Metadata and packages; pyproject.toml holds the build system and the tools' tables."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (HERE / "evosim/version.py").read_text())
assert VERSION is not None

PARQUET = ["pyarrow>=15"]
FILM = ["av>=14"]
FUZZ = ["atheris>=3"]
TUNE = ["optuna>=4.5,<7"]
DASK = ["distributed>=2024.1"]
GYMNASIUM = ["gymnasium>=1.0"]
PETTINGZOO = ["pettingzoo>=1.24", *GYMNASIUM]
TSKIT = ["tskit>=1.0"]
NOTEBOOKS = ["nbclient>=0.10", "nbformat>=5.10", "ipykernel>=6.29"]
FRAMES = ["pandas>=2,<3", "polars>=1", "xarray>=2024.7", *PARQUET]
TEST = [
    "pytest>=8",
    "pytest-xdist>=3.7",
    "hypothesis>=6.100",
    "quantecon>=0.7",
    "jsonschema>=4.20",
    "ALifeStdDev>=0.2",
    *FRAMES,
    *FILM,
    *DASK,
    *TUNE,
    *PETTINGZOO,
    *NOTEBOOKS,
    *TSKIT,
]

BENCH = ["quantecon>=0.7", "jax>=0.6", "evosax>=0.2", "pymoo>=0.6", "mesa>=3.3"]
DOCS = ["sphinx>=8.2", "myst-parser>=4", "furo>=2025.7.19", *PETTINGZOO]

setup(
    name="evosim",
    version=VERSION[1],
    description="A laboratory for inner alignment: evolution of minds that have objectives of their own",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author="The evosim developers",
    license="MIT",
    license_files=["LICENSE"],
    keywords=[
        "inner alignment",
        "mesa-optimization",
        "artificial life",
        "genetic algorithms",
        "goal misgeneralization",
    ],
    python_requires=">=3.11",
    package_dir={"": "."},
    packages=find_packages(include=["evosim", "evosim.*", "viz", "viz.*", "scenarios"]),
    package_data={
        "scenarios": ["*.toml", "sweeps/*.toml"],
        "evosim": ["py.typed"],
        "viz": ["py.typed"],
        "viz.report": ["templates/*", "javascript/*.mjs"],
    },
    entry_points={"console_scripts": ["evosim = evosim.__main__:main"]},
    install_requires=[
        "numpy>=2.0",
        "scipy>=1.13",  # the first that goes with numpy 2
        "numba>=0.61",
        "deap>=1.4.2",
        "pygame-ce>=2.5",
        "matplotlib>=3.9",
        "pillow>=10.1",
        "jinja2>=3.1",
        "pydantic>=2.9",
        "click>=8.1",
        "rich>=13.7",
        "tree-sitter>=0.23",
        "tree-sitter-toml>=0.7",
    ],
    extras_require={
        "parquet": PARQUET,
        "film": FILM,
        "fuzz": FUZZ,
        "dask": DASK,
        "tune": TUNE,
        "gymnasium": GYMNASIUM,
        "frames": FRAMES,
        "pettingzoo": PETTINGZOO,
        "tskit": TSKIT,
        "bench": BENCH,
        "docs": DOCS,
        "test": TEST,
        "dev": [*TEST, "coverage>=7.10", "mypy>=1.13", "ruff>=0.8"],
    },
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Science/Research",
        "Intended Audience :: Education",
        "License :: OSI Approved :: MIT License",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.11",
        "Topic :: Scientific/Engineering :: Artificial Life",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
)
