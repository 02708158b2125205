// SPDX-License-Identifier: GPL-2.0-only
//
// Node's tls as a peer of the interop test; arguments as for peer.go.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const tls = require('tls');

const [role, port, cert, key, ca, mutual, name, bulk, times] =
	process.argv.slice(2);
const [major, minor] = process.versions.openssl.split('.').map(Number);
const hybrid = major > 3 || minor >= 5 ? 'X25519MLKEM768:' : '';
const options = {
	host: '127.0.0.1',
	port: Number(port),
	ca: fs.readFileSync(ca),
	minVersion: 'TLSv1.3',
	ecdhCurve: hybrid + 'X25519:P-256:P-384',
};
if (mutual === '1' || role.endsWith('server')) {
	options.cert = fs.readFileSync(cert);
	options.key = fs.readFileSync(key);
}

function fail(why)
{
	console.log(`failed: ${why}`);
	process.exit(1);
}

// One end is through before the other begins.
function half(socket)
{
	const early = role.startsWith('early');
	const parts = [];

	if (early)
		socket.write('early\n', () => socket.end());
	socket.on('data', (data) => parts.push(data));
	socket.on('end', () => {
		const data = Buffer.concat(parts);
		const sum = crypto.createHash('sha256').update(data).digest('hex');

		if (!early)
			socket.end(data);
		console.log(`got ${data.length} ${sum}`);
	});
}

function serve()
{
	options.requestCert = mutual === '1';
	options.rejectUnauthorized = mutual === '1';
	options.allowHalfOpen = role !== 'server';
	const server = tls.createServer(options, (socket) => {
		socket.on('error', (e) => console.log(`refused: ${e.message}`));
		if (role === 'server')
			socket.pipe(socket);
		else
			half(socket);
	});
	server.on('tlsClientError', (e) => console.log(`refused: ${e.message}`));
	server.listen(options.port, options.host);
}

function connect(left)
{
	const text = Buffer.from('ping-js\n' +
				 '0123456789abcdef'.repeat(Number(bulk) / 16));
	let length = 0;
	const socket = tls.connect({ ...options, servername: name }, () => {
		socket.write(text);
	});

	socket.on('session', (session) => { options.session = session; });
	socket.on('error', (e) => fail(e.message));
	socket.on('data', (data) => {
		const end = length + data.length;

		if (!text.subarray(length, end).equals(data))
			fail('other bytes came back');
		length = end;
		if (length < text.length)
			return;
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

function connectHalf()
{
	const socket = tls.connect({ ...options, servername: name,
				     allowHalfOpen: true },
				   () => half(socket));

	socket.on('error', (e) => fail(e.message));
}

if (role.endsWith('server'))
	serve();
else if (role === 'client')
	connect(Number(times));
else
	connectHalf();
