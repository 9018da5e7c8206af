"""All tables are loaded wherever the tool runs."""

from pathlib import Path

from lti_app.store import tables


def test_every_module_with_a_table_is_loaded_with_the_tables() -> None:
    folder = Path(tables.__file__).parent
    holding = {
        path.stem for path in folder.glob("*.py") if "    __tablename__ = " in path.read_text()
    }
    assert holding == {module.__name__.rsplit(".", 1)[1] for module in tables.MODULES}
