"""What every record has."""

from datetime import datetime

from schema.model import Code, field
from schema.types.codes import Origin, Visibility


class Record:
    """Name, custodian, visibility, origin and provenance; `id` and `__typename` are always there."""

    name: str = field("Tên", "Name in Vietnamese", required=True, search=True)
    name_en: str = field("Tên tiếng Anh", "Name in English", search=True)
    custodian: Code = field("Cơ quan quản lý", "Code of the agency that answers for the record", required=True)
    visibility: Visibility = field("Mức công khai", "Who may see the record at first", required=True)
    origin: Origin = field("Tính chất", "A sourced fact, or fictional data for demonstration", required=True)
    source: str = field("Nguồn", "Where it comes from: document, publisher, date")
    source_file: str = field("Tệp nguồn", "The file that it was read from")
    source_row: int = field("Dòng", "The row of that file")
    run: Code = field("Lượt nạp", "The run that wrote it last")
    updated_at: datetime = field("Cập nhật lúc", "When it last changed")
