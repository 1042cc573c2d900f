/* Writes what follows from docs/api.json, the one description of the agent's API: the types of
 * the page (web/src/api/types.ts) and the reference part of docs/api.md, between its two markers.
 *
 *     node web/tools/api.mjs            writes both
 *     node web/tools/api.mjs --check    exits with 1 when one of them is not up to date
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (p) => fileURLToPath(new URL('../../' + p, import.meta.url));
const api = JSON.parse(readFileSync(path('docs/api.json'), 'utf8'));
const BEGIN = '<!-- from here to the end: written by web/tools/api.mjs from api.json -->';

/* ---- TypeScript ---- */

const BASIC = { string: 'string', int: 'number', bool: 'boolean' };

function tsType(type) {
    return type.split('|').map((t) => {
        const list = t.endsWith('[]');
        const name = list ? t.slice(0, -2) : t;
        return (BASIC[name] ?? name) + (list ? '[]' : '');
    }).join(' | ');
}

function tsFields(fields, indent) {
    const rows = Object.entries(fields).map(([name, f]) => `${indent}    ${name}: ${tsType(f.type)};`);
    return rows.length === 0 ? 'Record<string, never>' : `{\n${rows.join('\n')}\n${indent}}`;
}

function tsDefinition(name, t) {
    const doc = t.text ? `/** ${t.text} */\n` : '';
    if (t.is === 'object') {
        return `${doc}export interface ${name} ${tsFields(t.fields, '')}\n`;
    }
    const body = t.is === 'enum' ? t.values.map((v) => `'${v}'`).join(' | ') : BASIC[t.is];
    return `${doc}export type ${name} = ${body};\n`;
}

function typescript() {
    const out = ['/* Written by web/tools/api.mjs from docs/api.json: change it there. */\n'];
    out.push(`export const API_VERSION = ${api.version};\n`);
    out.push(`export const SUBPROTOCOL = '${api.subprotocol}';\n`);
    const limits = Object.entries(api.limits).map(([k, v]) => `    ${k}: ${v},`);
    out.push(`export const LIMITS = {\n${limits.join('\n')}\n} as const;\n`);
    for (const [name, t] of Object.entries(api.types)) {
        out.push(tsDefinition(name, t));
    }
    out.push('export interface Methods {');
    for (const [name, m] of Object.entries(api.methods)) {
        out.push(`    '${name}': {`);
        out.push(`        params: ${tsFields(m.params, '        ')};`);
        out.push(`        result: ${tsFields(m.result, '        ')};`);
        out.push('    };');
    }
    out.push('}\n');
    out.push('export interface Events {');
    for (const [name, e] of Object.entries(api.events)) {
        out.push(`    '${name}': ${tsFields(e.params, '    ')};`);
    }
    out.push('}\n');
    const errors = Object.entries(api.errors).map(([k, e]) => `    ${k}: ${e.code},`);
    out.push(`export const ERRORS = {\n${errors.join('\n')}\n} as const;`);
    return out.join('\n') + '\n';
}

/* ---- Markdown ---- */

const cell = (s) => s.replaceAll('|', '\\|');
const anchor = (s) => s.toLowerCase().replace(/[^a-z0-9_-]/g, '');

function mdType(type) {
    return type.split('|').map((t) => {
        const name = t.replace('[]', '');
        return api.types[name] ? `[${t.replace('[]', '\\[\\]')}](#${anchor(name)})` : '`' + t + '`';
    }).join(' or ');
}

function mdFields(fields) {
    const rows = Object.entries(fields).map(([name, f]) =>
        `| \`${name.replace('?', '')}\`${name.endsWith('?') ? ' (optional)' : ''} | ${mdType(f.type)} | ${cell(f.text)} |`);
    return ['| field | type | |', '|---|---|---|', ...rows, ''].join('\n');
}

function mdType_section(name, t) {
    const out = [`### ${name}`, ''];
    if (t.is === 'enum') {
        out.push('One of ' + t.values.map((v) => '`' + v + '`').join(', ') + '.', '');
    } else if (t.is !== 'object') {
        out.push(`A \`${t.is}\`${t.max ? `, at most ${t.max} bytes` : ''}.`, '');
    }
    if (t.text) {
        out.push(t.text, '');
    }
    if (t.is === 'object') {
        out.push(mdFields(t.fields));
    }
    return out.join('\n');
}

function mdMethod(name, m) {
    const out = [`### ${name}`, '', m.text + (m.waits ? ' *Waits for the relay, 30 seconds at most.*' : ''), ''];
    const none = (f) => Object.keys(f).length === 0;
    out.push(none(m.params) ? 'Takes nothing.\n' : 'Takes:\n\n' + mdFields(m.params));
    out.push(none(m.result) ? 'Gives nothing (`{}`).\n' : 'Gives:\n\n' + mdFields(m.result));
    if (m.errors.length > 0) {
        out.push('Errors: ' + m.errors.map((e) => '`' + e + '`').join(', ') + '.', '');
    }
    return out.join('\n');
}

function markdown() {
    const out = [BEGIN, '', '## Limits', '', '| limit | |', '|---|---|'];
    for (const [name, value] of Object.entries(api.limits)) {
        out.push(`| \`${name}\` | ${value} |`);
    }
    out.push('', '## Errors', '', '| name | code | message | when |', '|---|---|---|---|');
    for (const [name, e] of Object.entries(api.errors)) {
        out.push(`| \`${name}\` | ${e.code} | ${cell(e.text)} | ${cell(e.when)} |`);
    }
    out.push('', '## Methods', '');
    for (const [name, m] of Object.entries(api.methods)) {
        out.push(mdMethod(name, m));
    }
    out.push('## Events', '');
    for (const [name, e] of Object.entries(api.events)) {
        out.push(`### ${name}`, '', e.text, '', mdFields(e.params));
    }
    out.push('## Types', '', '`string` is UTF-8 text, `int` a whole number, `bool` true or false.', '');
    for (const [name, t] of Object.entries(api.types)) {
        out.push(mdType_section(name, t));
    }
    return out.join('\n').trimEnd() + '\n';
}

/* ---- files ---- */

function put(file, text) {
    let old = '';
    try {
        old = readFileSync(path(file), 'utf8');
    } catch {
        /* not there yet */
    }
    if (old === text) {
        return;
    }
    if (process.argv.includes('--check')) {
        console.error(`${file} does not follow docs/api.json: run node web/tools/api.mjs`);
        process.exitCode = 1;
    } else {
        writeFileSync(path(file), text);
        console.log(`wrote ${file}`);
    }
}

const page = readFileSync(path('docs/api.md'), 'utf8');
const at = page.indexOf(BEGIN);
put('docs/api.md', (at < 0 ? page.trimEnd() + '\n\n' : page.slice(0, at)) + markdown());
put('web/src/api/types.ts', typescript());
