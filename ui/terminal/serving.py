"""`warmline serve` and `doctor`."""

import socket
from typing import Annotated

import typer

from ui.terminal.assembling import assembled
from ui.terminal.output import say_json

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: any free one.")] = None,
    shop: Annotated[str | None, typer.Option(help="Shop name, or the path of its folder.")] = None,
) -> None:
    """The desk and the API, on one port."""
    from service.errors import ServiceError
    from ui.terminal.showing import console

    with assembled(host=host, port=port, shop=shop) as app:
        settings = app.settings
        free = _free_port(settings.host, settings.port)
        out = console(stderr=True)
        try:
            app.require_model_and_template()
        except ServiceError as error:
            out.print(f"[yellow]![/] {error}; until then the composer answers alone")
        app.warm(app.shop_id(shop))
        from ui.web import run

        run(app, host=settings.host, port=free)


def doctor(as_json: Json = False) -> None:
    """What is configured, reachable, stale; and what to do about it."""
    from ui.doctor import examine
    from ui.terminal.showing import console

    with assembled() as app:
        rows = examine(app)
    if as_json:
        say_json([{"what": row.what, "state": row.state, "says": row.says, "do": row.do} for row in rows])
    else:
        signs = {"good": "[green]✓[/]", "note": "[cyan]·[/]", "bad": "[red]✗[/]"}
        for row in rows:
            advice = f"  [dim]→ {row.do}[/]" if row.do else ""
            console().print(f"{signs[row.state]} [bold]{row.what}[/]  {row.says}{advice}")
    if any(row.state == "bad" for row in rows):
        raise typer.Exit(1)


def _free_port(host: str, port: int) -> int:
    """The port, if nothing listens on it. Raises SettingsError."""
    from service.errors import SettingsError

    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            bound: int = probe.getsockname()[1]
            return bound
    except OSError as error:
        raise SettingsError(
            f"port {port} on {host}: cannot be used ({error.strerror or error}); "
            "stop what listens there, or pass --port 0 for any free one"
        ) from error
