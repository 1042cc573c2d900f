/* Holds a value to docs/api.json: the mock agent checks by it every request it gets and everything
 * it says, and the end-to-end test everything a real agent says. */
import { readFileSync } from 'node:fs';

export const api = JSON.parse(readFileSync(new URL('../../docs/api.json', import.meta.url), 'utf8'));

function basic(type, value) {
    switch (type) {
        case 'string': return typeof value === 'string';
        case 'int': return Number.isSafeInteger(value);
        case 'bool': return typeof value === 'boolean';
        default: return null;
    }
}

function checkNamed(name, value, at) {
    const ok = basic(name, value);
    if (ok !== null) {
        return ok ? [] : [`${at}: not a ${name}`];
    }
    const t = api.types[name];
    if (t.is === 'object') {
        return checkFields(t.fields, value, at);
    }
    if (t.is === 'enum') {
        return t.values.includes(value) ? [] : [`${at}: ${JSON.stringify(value)} is no ${name}`];
    }
    const faults = checkNamed(t.is, value, at);
    if (faults.length === 0 && t.is === 'string' && t.max && Buffer.byteLength(value) > t.max) {
        faults.push(`${at}: longer than ${t.max} bytes`);
    }
    if (faults.length === 0 && name === 'Id' && value === '') {
        faults.push(`${at}: empty`);
    }
    return faults;
}

function checkType(type, value, at) {
    if (type.endsWith('|null')) {
        return value === null ? [] : checkType(type.slice(0, -5), value, at);
    }
    if (type.endsWith('[]')) {
        return Array.isArray(value)
            ? value.flatMap((v, i) => checkNamed(type.slice(0, -2), v, `${at}[${i}]`))
            : [`${at}: not a list`];
    }
    return checkNamed(type, value, at);
}

/** What is wrong with an object that should have these fields and no others: a list of sentences. */
export function checkFields(fields, value, at) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return [`${at}: not an object`];
    }
    const faults = [];
    const names = new Set();
    for (const [key, f] of Object.entries(fields)) {
        const optional = key.endsWith('?');
        const name = optional ? key.slice(0, -1) : key;
        names.add(name);
        if (name in value) {
            faults.push(...checkType(f.type, value[name], `${at}.${name}`));
        } else if (!optional) {
            faults.push(`${at}.${name}: missing`);
        }
    }
    for (const name of Object.keys(value)) {
        if (!names.has(name)) {
            faults.push(`${at}.${name}: not in docs/api.json`);
        }
    }
    return faults;
}

export const checkParams = (method, params) => checkFields(api.methods[method].params, params, 'params');
export const checkResult = (method, result) => checkFields(api.methods[method].result, result, `result of ${method}`);
export const checkEvent = (name, params) => (api.events[name]
    ? checkFields(api.events[name].params, params, name)
    : [`${name}: no such event`]);
