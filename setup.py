"""How jointops is built and installed: its direct dependencies, its command and its WSGI entry.

The exact versions that are installed together stand in requirements.lock; the bounds here say only
what is known to be needed. Why each dependency is there: docs/dependencies.md.
"""

from pathlib import Path
from shutil import copytree, ignore_patterns

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

TOP_LEVEL_FOLDERS = ("templates", "migrations", "plans")

RUNTIME = [
    "alembic>=1.20",
    "apispec>=6.10",
    "APScheduler>=3.11,<4",
    "argon2-cffi>=25.1",
    "Babel>=2.18",
    "click>=8.1",
    "fontpkg>=0.2",
    "fontpkg-ibm-plex-sans>=3.200",
    "fonttools>=4.60",
    "icalendar>=7.3,<8",
    "Jinja2>=3.1",
    "jsonschema>=4.23",
    "marshmallow>=4.4,<5",
    "pandas>=3.0",
    "prometheus-client>=0.22",
    "pikepdf>=10.0",
    "pillow>=12",
    "psycopg[binary]>=3.3",
    "pyramid>=2.1,<3",
    "pyramid-jinja2>=2.10",
    "pyramid-retry>=2.1",
    "pyramid-tm>=2.6",
    "python-calamine>=0.9",
    "python-docx>=1.2",
    "PyYAML>=6.0",
    "setuptools<80.9",  # Pyramid needs its pkg_resources, which is gone from 82 and warns every user from 80.9
    "SQLAlchemy>=2.1,<2.2",
    "transaction>=5.0",
    "typst>=0.15",
    "tzdata",
    "vl-convert-python>=1.9",
    "waitress>=3.0.2",
    "XlsxWriter>=3.2",
    "zope.sqlalchemy>=4.1",
]

DEVELOPMENT = [
    "beautifulsoup4",
    "hypothesis",
    "import-linter",
    "mypy",
    "pandas-stubs",
    "playwright",
    "pypdf",
    "pytest",
    "pytest-timeout",
    "pytest-xdist",
    "ruff",
    "schemathesis",
    "types-jsonschema",
    "types-PyYAML",
    "types-WebOb",
    "uv",
    "WebTest",
]


class BuildWithFolders(build_py):
    """Puts the folders that stand beside the package into it, where kernel.paths looks for them."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for name in TOP_LEVEL_FOLDERS:
            copytree(
                Path(__file__).parent / name,
                Path(self.build_lib) / "jointops" / "share" / name,
                ignore=ignore_patterns("__pycache__"),
                dirs_exist_ok=True,
            )


setup(
    name="jointops",
    version="0.1.0",
    description="Plans, runs and evaluates joint law-enforcement operations.",
    python_requires=">=3.11",
    packages=find_packages(include=["jointops", "jointops.*"]),
    package_data={
        "jointops": ["locale/*/LC_MESSAGES/*.[mp]o", "static/**/*", "**/*.yaml", "**/*.json", "**/*.typ"],
    },
    install_requires=RUNTIME,
    extras_require={"dev": DEVELOPMENT},
    cmdclass={"build_py": BuildWithFolders},
    entry_points={
        "console_scripts": ["jointops = jointops.cli:main"],
        "paste.app_factory": ["main = jointops.app:main"],
    },
    zip_safe=False,
)
