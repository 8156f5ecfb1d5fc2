// Prints what the npm package `sacn` makes of packets for some universes on a port, until it has had one of each.
const [folder, port, ...universes] = process.argv.slice(2);
const { Receiver } = require(`${folder}/sacn`);
const wanted = new Set(universes.map(Number));
const receiver = new Receiver({ universes: [...wanted], port: Number(port), iface: "127.0.0.1", reuseAddr: true });
const fail = (error) => {
  console.log(JSON.stringify({ error: String(error) }));
  process.exit(1);
};
for (const event of ["PacketCorruption", "PacketOutOfOrder", "error"]) receiver.on(event, fail);
receiver.on("packet", (packet) => {
  if (!wanted.delete(packet.universe)) return;
  const { universe, priority, sourceName, syncUniverse } = packet;
  const cid = packet.cid.toString("hex");
  const channels = Buffer.from(packet.payloadAsBuffer).toString("hex");
  console.log(JSON.stringify({ universe, priority, sourceName, syncUniverse, cid, channels }));
  if (!wanted.size) receiver.close();
});
