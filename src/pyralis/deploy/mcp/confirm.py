"""Confirm: settings are not replaced before a user said so: asked by the client, or else by the agent that calls."""

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult
from pydantic import BaseModel, Field

from pyralis.deploy.errors import UserError


class Confirmation(BaseModel):
    """What the user is asked."""

    replace_settings: bool = Field(description="Replace the settings that these boards have now")


async def ask_before_erasing(
    ctx: Context, flashfs: bool, dry_run: bool, confirm: bool
) -> Confirmation | Elicit[Confirmation]:
    """Ask, if there is something to ask and somebody to ask."""
    if not flashfs or dry_run:
        return Confirmation(replace_settings=True)
    if not _can_ask(ctx):
        return Confirmation(replace_settings=confirm)
    return Elicit("The settings on the boards are replaced by those in the rig's folder data/.", Confirmation)


def check_confirmed(ctx: Context, answer: ElicitationResult[Confirmation]) -> None:
    """UserError where the user said no, or nothing."""
    if isinstance(answer, AcceptedElicitation) and answer.data.replace_settings:
        return
    if _can_ask(ctx):
        raise UserError(
            "nothing was written: replacing the settings was not confirmed",
            whose="the user's, who was asked",
            todo="leave flashfs out, and the settings stay",
        )
    raise UserError(
        "nothing was written: flashfs replaces the settings of these boards, and nobody has confirmed that",
        whose="the call's: this client cannot ask its user",
        todo="ask the user, then call again with confirm; or leave flashfs out, and the settings stay",
    )


def _can_ask(ctx: Context) -> bool:
    known = ctx.client_capabilities
    asks = known.elicitation if known is not None else None
    return asks is not None and (asks.form is not None or asks.url is None)
