"""Discord's gateway, version 10, in JSON with zlib-stream compression: sessions that survive a lost connection."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from aiohttp import WSMsgType, web

from tests.discord_faults import Gate
from tests.discord_numbers import Intent, Json, snowflake
from tests.discord_world import World

# After these Discord does not let a session go on.
_FINAL = {4003, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014}


class Op(IntEnum):
    """Discord's numbers of the kinds of frames."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class _End(Enum):
    DROP = "drop"


@dataclass(eq=False)
class Session:
    """What a client was told since it identified; ``link`` is None while it is away."""

    intents: Intent
    id: str = field(default_factory=snowflake)
    events: list[Json] = field(default_factory=list)
    link: Link | None = None


class Link:
    """One connection: frames put into it from any thread are sent in order."""

    def __init__(self, socket: web.WebSocketResponse, request: web.BaseRequest, compressed: bool) -> None:
        self.frozen = False
        self._socket = socket
        self._request = request
        self._deflate = zlib.compressobj() if compressed else None
        self._loop = asyncio.get_running_loop()
        self._frames: asyncio.Queue[Json | int | _End] = asyncio.Queue()

    def put(self, frame: Json | int | _End) -> None:
        """Send a frame, or close with a code, or drop the connection."""
        self._loop.call_soon_threadsafe(self._frames.put_nowait, frame)

    async def send_all(self) -> None:
        """Send what is put, until the end."""
        while True:
            match await self._frames.get():
                case _End.DROP:
                    if self._request.transport:
                        self._request.transport.abort()
                    return
                case int(code):
                    await self._socket.close(code=code)
                    return
                case frame if not self.frozen:
                    await self._send(json.dumps(frame).encode())

    async def _send(self, data: bytes) -> None:
        try:
            if self._deflate is None:
                await self._socket.send_str(data.decode())
            else:
                await self._socket.send_bytes(self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH))
        except ConnectionError:
            # The client is gone: the session keeps its events for when it comes back.
            self.frozen = True


class Gateway:
    """The sessions of the application, and the ways in which connections fail."""

    def __init__(self, world: World) -> None:
        self.url = ""
        self.heartbeat_interval = 41.25
        # What the developer portal allows of the privileged intents.
        self.allowed = Intent(0)
        self.identified = 0
        self.resumed = 0
        self.heartbeats = 0
        self._world = world
        self._sessions: dict[str, Session] = {}
        self._links: set[Link] = set()
        self._gate: Gate | None = None

    @property
    def connected(self) -> bool:
        """Whether a client has identified or resumed and is there."""
        return any(session.link for session in self._sessions.values())

    def dispatch(self, event: str, payload: Callable[[Intent], Json | None]) -> None:
        """Tell every session; those that are away are told when they resume."""
        with self._world.changed:
            for session in self._sessions.values():
                if (data := payload(session.intents)) is not None:
                    self._tell(session, event, data)

    def _tell(self, session: Session, event: str, data: Json) -> None:
        # Serialised now: a payload may share parts with records that change later.
        data = json.loads(json.dumps(data))
        session.events.append({"op": Op.DISPATCH, "t": event, "s": len(session.events) + 1, "d": data})
        if session.link:
            session.link.put(session.events[-1])

    # --- what can go wrong -----------------------------------------------------------------------------------------

    def drop(self) -> None:
        """Cut every connection without a word."""
        self._each(_End.DROP)

    def reconnect(self) -> None:
        """Op 7: ask every client to connect anew and resume."""
        self._each({"op": Op.RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool) -> None:
        """Op 9: the session is over, or may be resumed."""
        with self._world.changed:
            self._each({"op": Op.INVALID_SESSION, "d": resumable})
            if not resumable:
                self._sessions.clear()

    def close(self, code: int) -> None:
        """Close every connection with a code, such as 4000."""
        with self._world.changed:
            self._each(code)
            if code in _FINAL:
                self._sessions.clear()

    def freeze(self) -> None:
        """Leave the connections open and send nothing more on them: no acknowledgement of a heartbeat, no event."""
        with self._world.changed:
            for link in self._links:
                link.frozen = True

    def hold(self) -> Gate:
        """Let no new connection in until the gate is opened."""
        self._gate = Gate()
        return self._gate

    def _each(self, frame: Json | int | _End) -> None:
        with self._world.changed:
            for session in self._sessions.values():
                session.link = None
            for link in self._links:
                link.put(frame)

    # --- the protocol ----------------------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Speak with one client until one of them ends it."""
        if self._gate:
            await self._gate.wait()
        if request.query.get("compress") not in (None, "zlib-stream"):
            return web.Response(status=400, text="This gateway compresses with zlib-stream.")
        socket = web.WebSocketResponse(compress=False, max_msg_size=0)
        await socket.prepare(request)
        link = Link(socket, request, compressed="compress" in request.query)
        self._links.add(link)
        sender = asyncio.create_task(link.send_all())
        link.put({"op": Op.HELLO, "d": {"heartbeat_interval": round(self.heartbeat_interval * 1000)}})
        try:
            async for received in socket:
                if received.type is WSMsgType.TEXT:
                    with self._world.changed:
                        self._take(link, json.loads(received.data))
                        self._world.changed.notify_all()
        finally:
            with self._world.changed:
                self._links.discard(link)
                for session in self._sessions.values():
                    session.link = None if session.link is link else session.link
                self._world.changed.notify_all()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        return socket

    def _take(self, link: Link, frame: Json) -> None:
        match frame["op"]:
            case Op.HEARTBEAT:
                self.heartbeats += 1
                link.put({"op": Op.HEARTBEAT_ACK, "d": None})
            case Op.IDENTIFY:
                self._identify(link, frame["d"])
            case Op.RESUME:
                self._resume(link, frame["d"])

    def _identify(self, link: Link, data: Json) -> None:
        intents = Intent(data["intents"])
        if data["token"] != self._world.token:
            return link.put(4004)
        if intents & Intent.privileged() & ~self.allowed:
            return link.put(4014)
        self.identified += 1
        self._world.reads_content = Intent.CONTENT in intents
        session = Session(intents, link=link)
        self._sessions[session.id] = session
        bot, guilds = self._world.bot, list(self._world.guilds.values())
        ready: Json = {
            "v": 10,
            "user": {**bot.json(), "verified": True, "mfa_enabled": False},
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": bot.id, "flags": 0},
            "private_channels": [],
        }
        self._tell(session, "READY", ready)
        for guild in guilds if Intent.GUILDS in intents else []:
            self._tell(session, "GUILD_CREATE", self._world.guild_event(guild))
        return None

    def _resume(self, link: Link, data: Json) -> None:
        session = self._sessions.get(data["session_id"] or "")
        if session is None or data["token"] != self._world.token:
            link.put({"op": Op.INVALID_SESSION, "d": False})
            return
        self.resumed += 1
        for event in session.events[int(data["seq"] or 0) :]:
            link.put(event)
        session.link = link
        self._tell(session, "RESUMED", {"_trace": []})
