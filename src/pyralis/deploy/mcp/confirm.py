"""Confirm: where the client can ask its user, settings are not replaced before somebody said so."""

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult
from pydantic import BaseModel, Field

from pyralis.deploy.errors import UserError


class Confirmation(BaseModel):
    """What the user is asked."""

    replace_settings: bool = Field(description="Replace the settings that these boards have now")


async def ask_before_erasing(ctx: Context, flashfs: bool, dry_run: bool) -> Confirmation | Elicit[Confirmation]:
    """Ask, if there is something to ask and somebody to ask."""
    if not flashfs or dry_run or not _can_ask(ctx):
        return Confirmation(replace_settings=True)
    return Elicit("The settings on the boards are replaced by those in the rig's folder data/.", Confirmation)


def check_confirmed(answer: ElicitationResult[Confirmation]) -> None:
    """UserError where the user said no, or nothing."""
    if not (isinstance(answer, AcceptedElicitation) and answer.data.replace_settings):
        raise UserError(
            "nothing was written: replacing the settings was not confirmed",
            whose="the user's, who was asked",
            todo="leave flashfs out, and the settings stay",
        )


def _can_ask(ctx: Context) -> bool:
    known = ctx.client_capabilities
    asks = known.elicitation if known is not None else None
    return asks is not None and (asks.form is not None or asks.url is None)
