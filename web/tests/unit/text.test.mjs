/* What is made of texts and names: links, folding, emoji, addresses. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { address, beginning, initials, isEmoji, pieces, plainName, size } from '../../src/model/text';

const links = (text) => pieces(text).filter((p) => p.href).map((p) => p.text);

test('pieces joined are the text again, to the last character', () => {
    for (const text of ['', 'a https://a.example/x b', 'https://a.example.', '(https://a.example/x_(y))', '<b>&amp;</b>', '😀 https://é.example/ü 😀']) {
        assert.equal(pieces(text).map((p) => p.text).join(''), text);
    }
});

test('addresses are found without the punctuation around them', () => {
    assert.deepEqual(links('See https://a.example/x, or (http://b.example/y_(z)).'), ['https://a.example/x', 'http://b.example/y_(z)']);
    assert.deepEqual(links('»https://a.example«'), ['https://a.example']);
});

test('only http and https make links', () => {
    assert.deepEqual(links('javascript:alert(1) data:text/html,x file:///etc/passwd sotto:abc ftp://a.example'), []);
});

test('an address that shows one host and leads to another is no link', () => {
    assert.deepEqual(links('https://bank.example@evil.example/x https://user:pass@evil.example'), []);
});

test('characters that turn the text end an address', () => {
    assert.deepEqual(links('https://a.example/\u202egnp.exe'), ['https://a.example/']);
});

test('a short text is not folded, a long or tall one is', () => {
    assert.equal(beginning('short'), null);
    assert.equal(beginning('x\n'.repeat(10)), null);
    assert.ok(beginning('word '.repeat(2000)).length < 1300);
    assert.equal(beginning('line\n'.repeat(100)).split('\n').length, 16);
});

test('folding cuts no character in two', () => {
    const cut = beginning('😀'.repeat(3000));
    assert.equal(cut.isWellFormed?.() ?? !/[\ud800-\udbff](?![\udc00-\udfff])/.test(cut), true);
});

test('a few emoji alone are large, anything with them is not', () => {
    for (const text of ['👍', '🙂🙂', '👩‍👩‍👧', '❤️', '🇫🇮', '👋🏽 ']) {
        assert.ok(isEmoji(text), text);
    }
    for (const text of ['', 'a', '👍 ok', '1', '🙂🙂🙂🙂', '#']) {
        assert.ok(!isEmoji(text), text);
    }
});

test('names lose what would turn or break the text around them', () => {
    assert.equal(plainName('a\u202eb\u2066c\u0007\nd'), 'abcd');
    assert.equal(plainName('نور حداد'), 'نور حداد');
});

test('initials are of the first and the last word, in any script', () => {
    assert.equal(initials('Ada Maria Virtanen'), 'AV');
    assert.equal(initials('ben'), 'B');
    assert.equal(initials('  (x) «yara» '), 'XY');
    assert.equal(initials('山田 太郎'), '山太');
    assert.equal(initials('🙂'), '');
});

test('addresses of people are told from names', () => {
    const link = `sotto:relay.example/${'A'.repeat(60)}`;
    assert.equal(address(` ${link}\n`), link);
    assert.equal(address('ada@relay.example'), 'ada@relay.example');
    assert.equal(address('ada@127.0.0.1:4400'), 'ada@127.0.0.1:4400');
    for (const text of ['', 'Ada', 'sotto:', 'ada@', '@relay.example', 'ada @relay.example']) {
        assert.equal(address(text), null, text);
    }
});

test('sizes are for people', () => {
    assert.equal(size(999), '999 bytes');
    assert.equal(size(10_240), '10 kB');
});
