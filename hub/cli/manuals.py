"""The manual of the commands, made from what they say of themselves."""

from collections.abc import Iterator

import click

_OPENING = """\
# Lệnh · Commands

Mỗi lệnh đọc [cài đặt](settings.md) từ môi trường; `hub COMMAND --help` nói lại những gì có ở đây.

Every command reads its [settings](settings.md) from the environment; `hub COMMAND --help` repeats what stands here.

| lệnh · command | nghĩa · meaning |
|---|---|
"""
_CLOSING = """
## Mã thoát · Exit codes

Một lỗi là một dòng trên stderr, nói điều phải làm. An error is one line on stderr that says what to do.

| mã · code | nghĩa | meaning |
|---|---|---|
| 0 | xong, hoặc thôi phục vụ vì Ctrl-C hay SIGTERM | done, or no longer serving because of Ctrl-C or SIGTERM |
| 1 | một dịch vụ hoặc một kiểm tra không đạt | a service or a check failed |
| 2 | người dùng sửa được: cài đặt, tham số, tệp, cổng, thư mục | the user can mend it: a setting, an argument, a \
file, a port, a folder |
| 130, 143 | công việc bị Ctrl-C, SIGTERM dừng giữa chừng; chạy lại thì tiếp tục | work was stopped half-way by \
Ctrl-C, SIGTERM; run it again to go on |
"""


def manual(hub: click.Group) -> str:
    """The text of `docs/commands.md`."""
    listed = [f"| [`hub {name}`](#hub-{name}) | {command.help} |\n" for name, command in sorted(hub.commands.items())]
    told = ["".join(_command(name, command)) for name, command in sorted(hub.commands.items())]
    return _OPENING + "".join(listed) + "".join(told) + _CLOSING


def _command(name: str, command: click.Command) -> Iterator[str]:
    with click.Context(command, info_name=f"hub {name}") as context:
        usage = command.get_usage(context).removeprefix("Usage: ")
        rows = [found for each in command.params if (found := each.get_help_record(context)) and found[1]]
    yield f"\n## hub {name}\n\n{command.help}\n\n    {usage}\n"
    if rows:
        yield "\n| tuỳ chọn · option | nghĩa · meaning |\n|---|---|\n"
    for option, meaning in rows:
        yield f"| `{option}` | {meaning.replace('|', '&#124;')} |\n"
