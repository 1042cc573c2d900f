/* The agent's port on loopback: what it serves, to whom, and whom it refuses.
 *
 *     node tests/e2e/agent/http.mjs [--bin build/bin] [--keep] */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { api } from '../../../web/tools/shape.mjs';
import { Page, get, http, secretOf, status } from './raw.mjs';
import { onStage } from './stage.mjs';

const CASES = [
    'the page and its assets are served, and nothing else',
    'every answer carries the headers that the page needs against others',
    'a request whose Host is not this machine and port is refused',
    'a WebSocket whose Origin is not this page is refused',
    'a request that two readers could read differently is refused',
    'nothing is answered before session.open, and silence is sent away',
    'a one-time secret is good once, a session again and again',
    'a session survives a restart of the agent, and not a change of its port',
    'session.close ends the session, also in a duplicated tab',
    'messages too large, binary ones and a slow reader are sent away, and the agent goes on',
];

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const DIST = fileURLToPath(new URL('../../../web/dist', import.meta.url));

const header = (answer, name) => new RegExp(`^${name}: (.*)\\r$`, 'mi').exec(answer.split('\r\n\r\n')[0])?.[1];
const upgrade = (port, { host = `127.0.0.1:${port}`, origin = `http://127.0.0.1:${port}`, more = '' } = {}) =>
    `GET /rpc HTTP/1.1\r\nHost: ${host}\r\n${origin === null ? '' : `Origin: ${origin}\r\n`}Upgrade: websocket\r\nConnection: Upgrade\r\n`
    + `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: sotto.rpc.1\r\n${more}\r\n`;

async function session(alice, port) {
    const page = new Page(port);
    assert.equal(await page.opened, 101);
    const opened = await page.call('session.open', { secret: secretOf(await alice.link()) });
    assert.equal(opened.result?.api, 1);
    return { page, session: opened.result.session };
}

async function refusedOpen(port, params) {
    const page = new Page(port);
    assert.equal(await page.opened, 101);
    const answer = await page.call('session.open', params);
    assert.equal(answer?.error?.code, api.errors.session_refused.code);
    assert.equal(await page.closed, 4401);
}

async function main({ tap, world }) {
    const alice = await world.person('Alice');
    const { port } = alice;

    await tap.run(CASES[0], async () => {
        const index = await get(port, '/');
        assert.equal(status(index), 200);
        assert.equal(header(index, 'Content-Type'), 'text/html; charset=utf-8');
        assert.equal(index.split('\r\n\r\n')[1], readFileSync(`${DIST}/index.html`, 'latin1'));
        for (const name of readdirSync(`${DIST}/assets`)) {
            const answer = await get(port, `/assets/${name}`);
            assert.equal(status(answer), 200, name);
            assert.equal(answer.slice(answer.indexOf('\r\n\r\n') + 4), readFileSync(`${DIST}/assets/${name}`, 'latin1'), name);
        }
        for (const target of ['/index.html', '/assets/', '/assets', '/favicon.ico', '/../store.key', '/assets/../index.html',
            '/assets/%2e%2e/index.html', '//', '/?x', '/store.db', '/rpc/']) {
            assert.equal(status(await get(port, target)), 404, target);
        }
        assert.equal(status(await get(port, '/rpc')), 426);
    });

    await tap.run(CASES[1], async () => {
        for (const target of ['/', '/nothing', '/rpc']) {
            const answer = await get(port, target);
            assert.equal(header(answer, 'Content-Security-Policy'), POLICY, target);
            assert.equal(header(answer, 'X-Content-Type-Options'), 'nosniff');
            assert.equal(header(answer, 'Referrer-Policy'), 'no-referrer');
            assert.equal(header(answer, 'Cross-Origin-Opener-Policy'), 'same-origin');
            assert.equal(header(answer, 'Cross-Origin-Resource-Policy'), 'same-origin');
            assert.equal(header(answer, 'Cache-Control'), 'no-store');
            assert.equal(header(answer, 'Set-Cookie'), undefined);
        }
    });

    await tap.run(CASES[2], async () => {
        for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LocalHost:${port}`, `[::1]:${port}`]) {
            assert.equal(status(await get(port, '/', '', host)), 200, host);
        }
        for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`, `127.0.0.1:${port}0`,
            `localhost.evil.example:${port}`, `127.0.0.2:${port}`, `0.0.0.0:${port}`, `evil@127.0.0.1:${port}`, `0${port}`]) {
            assert.equal(status(await get(port, '/', '', host)), 403, host);
            assert.equal(status(await http(port, upgrade(port, { host, origin: `http://${host}` }))), 403, host);
        }
    });

    await tap.run(CASES[3], async () => {
        for (const origin of ['http://evil.example', 'null', `https://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`,
            `http://localhost:${port}`, `http://127.0.0.1:${port}.evil.example`, `http://127.0.0.1:${port}/`, '', 'file://', null]) {
            assert.equal(status(await http(port, upgrade(port, { origin }))), 403, String(origin));
        }
        assert.equal(status(await get(port, '/', 'Origin: http://evil.example\r\n')), 403);
        assert.equal(await new Page(port, { origin: 'http://evil.example' }).opened, 403);
        assert.equal(await new Page(port, { path: '/other' }).opened, 404);
        const good = new Page(port);
        assert.equal(await good.opened, 101);
        good.ws.close();
    });

    await tap.run(CASES[4], async () => {
        const line = `Host: 127.0.0.1:${port}\r\n`;
        const bad = [
            [400, `GET / HTTP/1.1\r\n\r\n`], [400, `GET / HTTP/1.1\r\n${line}${line}\r\n`], [400, `GET / HTTP/1.1\n${line}\r\n\r\n`],
            [400, `GET / HTTP/1.1\r\n${line} folded\r\n\r\n`], [400, `GET / HTTP/1.1\r\nHost : 127.0.0.1:${port}\r\n\r\n`],
            [400, `GET / HTTP/1.1\r\n${line}Content-Length: 0\r\n\r\n`], [400, `GET / HTTP/1.1\r\n${line}Transfer-Encoding: chunked\r\n\r\n`],
            [400, `GET / HTTP/1.1\r\n${line}X: \x01\r\n\r\n`], [400, `GET / HTTP/1.1\r\n${line}\r\nmore`], [400, `get / HTTP/1.1\r\n${line}\r\n`],
            [400, 'GET /\r\n\r\n'], [400, `GET http://127.0.0.1:${port}/ HTTP/1.1\r\n${line}\r\n`], [405, `POST / HTTP/1.1\r\n${line}\r\n`],
            [405, `HEAD / HTTP/1.1\r\n${line}\r\n`], [405, `OPTIONS / HTTP/1.1\r\n${line}\r\n`], [505, `GET / HTTP/1.0\r\n${line}\r\n`],
            [431, `GET / HTTP/1.1\r\n${line}X: ${'x'.repeat(17000)}\r\n\r\n`], [431, `GET / HTTP/1.1\r\n${line}${'X: y\r\n'.repeat(101)}\r\n`],
            [400, '\x16\x03\x01\x02\x00'], [400, `GET /${'x'.repeat(300)} HTTP/1.1\r\n${line}\r\n`],
        ];
        for (const [code, text] of bad) {
            assert.equal(status(await http(port, text)), code, JSON.stringify(text.slice(0, 80)));
        }
        const cookies = await get(port, '/', `Cookie: other=${'x'.repeat(8000)}\r\n`);
        assert.equal(status(cookies), 200, 'cookies of other programs on this host do no harm');
        for (const more of ['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n', 'Upgrade: h2c\r\n']) {
            assert.equal(status(await http(port, upgrade(port, { more }))), 400, more);
        }
        assert.equal(status(await http(port, upgrade(port).replace('sotto.rpc.1', 'other'))), 400);
        assert.equal(status(await http(port, upgrade(port).replace('Version: 13', 'Version: 8'))), 426);
    });

    await tap.run(CASES[5], async () => {
        const page = new Page(port);
        assert.equal(await page.opened, 101);
        for (const method of ['account.me', 'session.close', 'session.link', 'no.such']) {
            assert.equal((await page.call(method)).error.code, api.errors.session_needed.code, method);
        }
        const start = Date.now();
        assert.equal(await page.closed, 1008);
        assert.ok(Date.now() - start > 5000 && Date.now() - start < 15_000);
    });

    await tap.run(CASES[6], async () => {
        const secret = secretOf(await alice.link());
        const one = new Page(port);
        await one.opened;
        const opened = await one.call('session.open', { secret });
        assert.match(opened.result.session, /^[\w-]{43}$/);
        await refusedOpen(port, { secret });
        await refusedOpen(port, { secret: 'A'.repeat(43) });
        await refusedOpen(port, { session: 'A'.repeat(43) });
        await refusedOpen(port, { session: secret });
        const two = new Page(port);
        await two.opened;
        assert.equal((await two.call('session.open', { session: opened.result.session })).result.session, opened.result.session);
        assert.equal((await two.call('account.me')).result.me.name, 'Alice');
        assert.equal((await two.call('session.link')).error.code, api.errors.not_allowed.code);
        const both = new Page(port);
        await both.opened;
        assert.equal((await both.call('session.open', { secret, session: secret })).error.code, api.errors.invalid_params.code);
        assert.equal((await both.call('session.open', {})).error.code, api.errors.invalid_params.code);
        [one, two, both].forEach((p) => p.ws.close());
    });

    await tap.run(CASES[7], async () => {
        const { page, session: kept } = await session(alice, port);
        await alice.stop();
        assert.equal(await page.closed, 1001);
        await alice.start();
        const again = new Page(port);
        await again.opened;
        assert.equal((await again.call('session.open', { session: kept })).result.session, kept);
        again.ws.close();
        await alice.stop();
        const other = port === 65535 ? port - 1 : port + 1;
        alice.port = other;
        await alice.start();
        await refusedOpen(other, { session: kept });
        await alice.stop();
        alice.port = port;
        await alice.start();
    });

    await tap.run(CASES[8], async () => {
        const { page, session: kept } = await session(alice, port);
        const tab = new Page(port);
        await tab.opened;
        await tab.call('session.open', { session: kept });
        assert.deepEqual((await page.call('session.close')).result, {});
        assert.equal(await page.closed, 1000);
        assert.equal(await tab.closed, 4401);
        await refusedOpen(port, { session: kept });
    });

    await tap.run(CASES[9], async () => {
        const { page, session: kept } = await session(alice, port);
        page.ws.send('x'.repeat(api.limits.request_bytes + 1));
        assert.equal(await page.closed, 1009);
        const binary = new Page(port);
        await binary.opened;
        await binary.call('session.open', { session: kept });
        binary.ws.send(Buffer.from('{}'));
        assert.equal(await binary.closed, 1003);
        const nonsense = new Page(port);
        await nonsense.opened;
        nonsense.ws.send('nonsense');
        assert.equal(await nonsense.closed, 1000);

        const slow = new Page(port);
        await slow.opened;
        await slow.call('session.open', { session: kept });
        slow.ws._socket.pause();
        for (let i = 0; i < 20_000; i++) {
            slow.ws.send(JSON.stringify({ jsonrpc: '2.0', id: i, method: 'account.me' }));
        }
        const start = Date.now();
        while (slow.ws.bufferedAmount > 0 && Date.now() - start < 20_000) {
            await new Promise((done) => setTimeout(done, 50));
        }
        await new Promise((done) => setTimeout(done, 500));
        assert.equal((await alice.call('account.me')).me.name, 'Alice', 'the agent goes on');
        slow.ws._socket.resume();
        const code = await slow.closed;
        assert.ok(code === 1013 || code === 1006, `closed, and told if it could be: ${code}`);
    });
    await alice.stop();
}

await onStage(CASES, main);
