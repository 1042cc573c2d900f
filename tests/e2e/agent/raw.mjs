/* Connections that say exactly what a test wants, for what a well-behaved client never does: lines on
 * the Unix socket, bytes and WebSockets on the page's port. */
import { createRequire } from 'node:module';
import { connect } from 'node:net';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));
export const { WebSocket } = require('ws');

/** Writes `text` to the agent's socket and gives every object that comes back until `enough` says so,
 * or the agent closes. */
export function exchange(path, text, enough = (all) => all.length >= 1) {
    return new Promise((resolve, reject) => {
        const socket = connect(path, () => socket.write(text));
        const all = [];
        let rest = '';
        let closed = false;
        const done = () => {
            clearTimeout(timer);
            socket.destroy();
            resolve({ all, closed });
        };
        const timer = setTimeout(done, 5000);
        socket.setEncoding('utf8');
        socket.on('data', (part) => {
            const lines = (rest + part).split('\n');
            rest = lines.pop();
            all.push(...lines.map((line) => JSON.parse(line)));
            if (enough(all)) {
                done();
            }
        });
        socket.on('error', (error) => (error.code === 'EPIPE' || error.code === 'ECONNRESET' ? undefined : reject(error)));
        socket.on('close', () => {
            closed = true;
            done();
        });
    });
}

/** Sends bytes to a port and gives all that comes back until the other side closes. */
export function http(port, text) {
    return new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(text));
        const parts = [];
        const timer = setTimeout(() => socket.destroy(), 15_000);
        socket.on('data', (part) => parts.push(part));
        socket.on('error', (error) => (error.code === 'ECONNRESET' ? undefined : reject(error)));
        socket.on('close', () => {
            clearTimeout(timer);
            resolve(Buffer.concat(parts).toString('latin1'));
        });
    });
}

export const get = (port, target, more = '', host = `127.0.0.1:${port}`) =>
    http(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`);

export const status = (answer) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);

/** A WebSocket of the page: call(), the events that came, and how it was closed. */
export class Page {
    constructor(port, { origin = `http://127.0.0.1:${port}`, protocol = 'sotto.rpc.1', path = '/rpc' } = {}) {
        this.events = [];
        this.waiting = new Map();
        this.id = 0;
        this.ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol, { origin });
        this.opened = new Promise((resolve) => {
            this.ws.on('open', () => resolve(101));
            this.ws.on('unexpected-response', (request, response) => {
                request.destroy();
                resolve(response.statusCode);
            });
            this.ws.on('error', () => resolve(0));
        });
        this.closed = new Promise((resolve) => this.ws.on('close', (code) => resolve(code)));
        this.ws.on('message', (data) => {
            const m = JSON.parse(data.toString());
            if (m.method) {
                this.events.push(m);
            } else {
                this.waiting.get(m.id)?.(m);
            }
        });
    }

    /** The whole answer, result or error; null when the connection ends first. */
    call(method, params = {}) {
        const id = ++this.id;
        const answer = new Promise((resolve) => this.waiting.set(id, resolve));
        this.ws.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
        return Promise.race([answer, this.closed.then(() => null)]);
    }
}

/** The secret in a page's link. */
export const secretOf = (link) => new URL(link).hash.slice('#secret='.length);
