// The server of npm's ssh2. usage: node ssh2_server.js ADDRESS PORT KEY [METHOD]
'use strict';
const fs = require('fs');
const { Server } = require('ssh2');

const [address, port, key, ...methods] = process.argv.slice(2);
const settings = { hostKeys: [fs.readFileSync(key)] };
if (methods.length) settings.algorithms = { kex: methods };
new Server(settings, (client) => {
  client.on('authentication', (context) => context.reject());
  client.on('error', () => {});
}).listen(Number(port), address);
