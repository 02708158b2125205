// SPDX-License-Identifier: GPL-2.0-only
//
// Node's tls as a peer of the interop test; arguments as for peer.go.
'use strict';
const fs = require('fs');
const tls = require('tls');

const [role, port, cert, key, ca, mutual, name, bulk, times] =
	process.argv.slice(2);
const options = {
	host: '127.0.0.1',
	port: Number(port),
	ca: fs.readFileSync(ca),
	minVersion: 'TLSv1.3',
	ecdhCurve: 'X25519:P-256:P-384',
};
if (mutual === '1' || role === 'server') {
	options.cert = fs.readFileSync(cert);
	options.key = fs.readFileSync(key);
}

function fail(why)
{
	console.log(`failed: ${why}`);
	process.exit(1);
}

function serve()
{
	options.requestCert = mutual === '1';
	options.rejectUnauthorized = mutual === '1';
	const server = tls.createServer(options, (socket) => {
		socket.on('error', (e) => console.log(`refused: ${e.message}`));
		socket.pipe(socket);
	});
	server.on('tlsClientError', (e) => console.log(`refused: ${e.message}`));
	server.listen(options.port, options.host);
}

function connect(left)
{
	const text = Buffer.from('ping-js\n' +
				 '0123456789abcdef'.repeat(Number(bulk) / 16));
	const parts = [];
	let length = 0;
	const socket = tls.connect({ ...options, servername: name }, () => {
		socket.write(text);
	});

	socket.on('session', (session) => { options.session = session; });
	socket.on('error', (e) => fail(e.message));
	socket.on('data', (data) => {
		parts.push(data);
		length += data.length;
		if (length < text.length)
			return;
		if (!Buffer.concat(parts).equals(text))
			fail('other bytes came back');
		console.log(`ok version=${socket.getProtocol()}`,
			    `suite=${socket.getCipher().name}`,
			    `resumed=${socket.isSessionReused()}`);
		socket.end();
	});
	socket.on('close', () => {
		if (length < text.length)
			fail('closed early');
		if (left > 1)
			connect(left - 1);
	});
}

if (role === 'server')
	serve();
else
	connect(Number(times));
