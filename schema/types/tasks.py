"""Tasks that a document gives to agencies: what, by when, and how far it has come."""

from datetime import date

from schema.model import Many, One, field, link, record
from schema.types.base import Record
from schema.types.codes import TaskState


@record("tasks", "{custodian}-{localId}", "Nhiệm vụ", "A task that a document gives to agencies, and its deadline")
class Task(Record):
    """Key: custodian and the custodian's own id."""

    due_on: date = field("Hạn", "By when; the last day where a quarter is named")
    state: TaskState = field("Trạng thái", "How far it has come")
    progress: str = field("Tiến độ", "What was reported last")
    reported_on: date = field("Ngày báo cáo", "Day of that report")
    legal_basis: str = field("Căn cứ", "The document that gives it")
    led_by: One = link(
        "LED_BY",
        "Agency",
        "Cơ quan chủ trì",
        "Agency that leads it",
        back=("tasks", "Nhiệm vụ chủ trì", "Tasks it leads"),
    )
    supported_by: Many = link(
        "SUPPORTED_BY",
        "Agency",
        "Cơ quan phối hợp",
        "Agencies that support it",
        back=("supports", "Nhiệm vụ phối hợp", "Tasks it supports"),
    )
    in_sector: One = link(
        "TASK_IN_SECTOR",
        "Sector",
        "Thuộc lĩnh vực",
        "Sector it is about",
        back=("tasks", "Nhiệm vụ của lĩnh vực", "Tasks of the sector"),
    )
