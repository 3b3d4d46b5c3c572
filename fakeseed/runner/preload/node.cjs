// Loaded into Node by `fakeseed run`, through NODE_OPTIONS. Whatever a program uses (fetch, https, axios, undici), its
// connections come by here. Those to the vendor's hosts go to the emulator's door on this machine; other hosts are not
// reached on the web's ports, unless allowed. Node before 24 takes no proxy from its environment, and later ones only
// for what uses the global agents.
"use strict";

const net = require("node:net");

const told = JSON.parse(process.env.FAKESEED_INTERCEPT);
const connect = net.Socket.prototype.connect;

const local = (host) => net.isIP(host) ? /^(127\.|::1$|::ffff:127\.)/.test(host) : /(^|\.)localhost$/.test(host);

/** The proxy knows of hosts that were not reached; asking it is how to tell. */
function report(host, port) {
  const line = new net.Socket();
  const credential = Buffer.from(told.credential).toString("base64");
  line.on("error", () => {});
  connect.call(line, told.proxy[1], told.proxy[0]);
  line.end(`CONNECT ${host}:${port} HTTP/1.1\r\nProxy-Authorization: Basic ${credential}\r\n\r\n`);
}

/** Where a connection is to go instead: null where it may go on. */
function led(host, port) {
  if (told.hosts.includes(host)) return told.doors[port] ?? null;
  if (!(port in told.doors) || local(host) || told.allowed.includes(host)) return null;
  report(host, port);
  return ["127.0.0.1", 0]; // where nobody listens
}

net.Socket.prototype.connect = function (...args) {
  const normalized = Array.isArray(args[0]); // [options, callback], as net.connect hands it on
  const options = normalized ? args[0][0] : args[0];
  const named = options !== null && typeof options === "object";
  const host = named ? options.host : typeof args[1] === "string" ? args[1] : undefined;
  const place = host ? led(String(host).toLowerCase(), Number(named ? options.port : options)) : null;
  if (place) {
    const instead = { host: place[0], port: place[1] };
    if (normalized) args[0][0] = { ...options, ...instead, lookup: undefined };
    else if (named) args[0] = { ...options, ...instead, lookup: undefined };
    else [args[0], args[1]] = [instead.port, instead.host];
  }
  return connect.apply(this, args);
};
