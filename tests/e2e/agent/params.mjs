/* Parameters that break a rule of docs/api.json, made from the description itself: for each method
 * an unknown name, each required one left out, and each one of every wrong type. */
import { api } from '../../../web/tools/shape.mjs';

const WRONG = {
    string: [null, 7, true, [], {}],
    int: [null, '7', 1.5, true, [], {}],
    bool: [null, 0, 'true', [], {}],
    'Id[]': [null, 'x', 7, {}, [7], [null], ['']],
};

const base = (type) => (type === 'Id[]' ? type : ({ Id: 'string', Order: 'int' })[type] ?? type);

/** A value of a type, good as far as the type goes; `known` has ids that exist. */
function good(name, type, known) {
    if (type === 'Id[]') {
        return [];
    }
    if (name in known) {
        return known[name];
    }
    return ({ string: 'x', int: 1, bool: false })[base(type)];
}

/** Every broken request: {method, params, field}. */
export function broken(known) {
    const all = [];
    for (const [method, m] of Object.entries(api.methods)) {
        const fields = Object.entries(m.params).map(([key, f]) => ({ name: key.replace('?', ''), optional: key.endsWith('?'), type: f.type }));
        const whole = Object.fromEntries(fields.filter((f) => !f.optional).map((f) => [f.name, good(f.name, f.type, known)]));
        all.push({ method, params: { ...whole, zz_unknown: 1 }, field: 'zz_unknown' });
        for (const f of fields) {
            if (!f.optional) {
                const { [f.name]: _, ...rest } = whole;
                all.push({ method, params: rest, field: f.name });
            }
            for (const value of WRONG[base(f.type)]) {
                all.push({ method, params: { ...whole, [f.name]: value }, field: f.name });
            }
            if (f.type === 'Id') {
                all.push({ method, params: { ...whole, [f.name]: '' }, field: f.name });
                all.push({ method, params: { ...whole, [f.name]: 'x'.repeat(129) }, field: f.name });
            }
        }
    }
    return all;
}
