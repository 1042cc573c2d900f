/* A client of an agent's Unix socket: one JSON object a line. Everything that the agent says is held
 * to docs/api.json; `faults` collects what is not in it. */
import { connect } from 'node:net';
import { checkEvent, checkResult } from '../../../web/tools/shape.mjs';

export class Rpc {
    static async open(path) {
        const socket = connect(path);
        await new Promise((resolve, reject) => {
            socket.once('connect', resolve);
            socket.once('error', reject);
        });
        return new Rpc(socket);
    }

    constructor(socket) {
        this.socket = socket;
        this.pending = new Map();
        this.faults = [];
        this.events = [];
        this.id = 0;
        let rest = '';
        socket.setEncoding('utf8');
        socket.on('data', (text) => {
            const lines = (rest + text).split('\n');
            rest = lines.pop();
            lines.forEach((line) => this.heard(JSON.parse(line)));
        });
        socket.on('error', () => undefined);
        socket.on('close', () => {
            this.pending.forEach((p) => p.reject(new Error('the agent closed the connection')));
            this.pending.clear();
        });
    }

    heard(m) {
        if (m.method) {
            this.faults.push(...checkEvent(m.method, m.params));
            this.events.push(m);
            return;
        }
        const p = this.pending.get(m.id);
        this.pending.delete(m.id);
        if (m.error) {
            p?.reject(Object.assign(new Error(`${p.method}: ${m.error.message}`), { name: m.error.data?.name, code: m.error.code }));
        } else if (p) {
            this.faults.push(...checkResult(p.method, m.result));
            p.resolve(m.result);
        }
    }

    call(method, params = {}) {
        const id = ++this.id;
        if (this.socket.destroyed) { /* its close event was before, and will not end this call */
            return Promise.reject(new Error('the agent closed the connection'));
        }
        return new Promise((resolve, reject) => {
            this.pending.set(id, { method, resolve, reject });
            this.socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
        });
    }

    close() {
        this.socket.destroy();
    }
}
