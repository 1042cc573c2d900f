/* A smaller PNG of the same pixels: pictures of a page are flat areas and repeated letters, which deflate
 * finds better in bare rows than in the differences that a browser's encoder stores. */
import { deflateSync, inflateSync } from 'node:zlib';

const TABLE = Array.from({ length: 256 }, (_, n) =>
    Array.from({ length: 8 }).reduce((c) => (c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1), n) >>> 0);
const crc = (bytes) => (bytes.reduce((c, b) => TABLE[(c ^ b) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

function* chunks(png) {
    for (let at = 8; at < png.length;) {
        const n = png.readUInt32BE(at);
        yield [png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + n)];
        at += 12 + n;
    }
}

function chunk(type, data) {
    const out = Buffer.alloc(12 + data.length);
    out.writeUInt32BE(data.length, 0);
    out.write(type, 4, 'latin1');
    data.copy(out, 8);
    out.writeUInt32BE(crc(out.subarray(4, 8 + data.length)), 8 + data.length);
    return out;
}

/* The neighbour that a filtered byte is the difference to (PNG, section 9). */
function neighbour(filter, a, b, c) {
    if (filter === 4) {
        const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
        return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
    return [0, a, b, (a + b) >> 1][filter];
}

export function smaller(png) {
    const all = [...chunks(png)];
    const head = all.find(([type]) => type === 'IHDR')[1];
    const size = { 2: 3, 6: 4 }[head[9]]; /* bytes a pixel */
    if (head[8] !== 8 || size === undefined || head[12] !== 0) {
        return png;
    }
    const row = head.readUInt32BE(0) * size + 1;
    const data = inflateSync(Buffer.concat(all.filter(([type]) => type === 'IDAT').map(([, part]) => part)));
    for (let from = 0; from < data.length; from += row) {
        const filter = data[from];
        data[from] = 0;
        for (let i = 1; i < row; i++) {
            const a = i > size ? data[from + i - size] : 0;
            const b = from > 0 ? data[from + i - row] : 0;
            const c = i > size && from > 0 ? data[from + i - row - size] : 0;
            data[from + i] += neighbour(filter, a, b, c);
        }
    }
    const out = Buffer.concat([png.subarray(0, 8), chunk('IHDR', head), chunk('IDAT', deflateSync(data, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
    return out.length < png.length ? out : png;
}
