/* mls-peer as a child process: ask(op, fields) resolves with the answer's fields, or rejects with a
 * PeerError. Requests are answered in order. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class PeerError extends Error {
    constructor(op, { code, text }) {
        super(`${op}: ${code}: ${text}`);
        this.code = code;
        this.text = text;
    }
}

export class Peer {
    constructor(program, env = process.env) {
        this.waiting = [];
        this.child = spawn(program, { env, stdio: ['pipe', 'pipe', 'inherit'] });
        this.ended = new Promise((resolve) => this.child.once('close', (status, signal) => {
            const why = new Error(`mls-peer ended (${signal ?? status})`);
            this.waiting.splice(0).forEach((w) => w.reject(why));
            resolve(status);
        }));
        this.child.once('error', (why) => this.waiting.splice(0).forEach((w) => w.reject(why)));
        this.child.stdin.on('error', () => { /* told by its end */ });
        createInterface({ input: this.child.stdout }).on('line', (line) => this.waiting.shift().resolve(line));
    }

    /** Send a line as it is and get the line that answers it. */
    line(text, end = '\n') {
        return new Promise((resolve, reject) => {
            this.waiting.push({ resolve, reject });
            this.child.stdin.write(text + end);
        });
    }

    async ask(op, fields = {}) {
        const answer = JSON.parse(await this.line(JSON.stringify({ op, ...fields })));
        if (answer.error) {
            throw new PeerError(op, answer.error);
        }
        return answer;
    }

    /** The error of a request that must fail. */
    async refused(op, fields = {}) {
        const answer = JSON.parse(await this.line(JSON.stringify({ op, ...fields })));
        if (!answer.error) {
            throw new Error(`${op} was not refused: ${JSON.stringify(answer).slice(0, 200)}`);
        }
        return answer.error.code;
    }

    /** End of input; the exit status. */
    end() {
        this.child.stdin.end();
        return this.ended;
    }
}
