/* What can be said of a message's text alone: links in it, whether it is long, whether it is nothing
 * but a few emoji; and how names are made harmless. Everything stays text: the views make nodes of
 * it, never markup. */

export interface Piece {
    text: string;
    href: string | null;
}

const URL_SHAPE = /\bhttps?:\/\/[^\s<>"'`{}|\\^\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/giu;
const TRAILING = /[.,;:!?…'"«»‹›“”„‘’*_~]+$/u;

/* Closing brackets stay only when the address opened them: "(see https://a.example/x_(y))". */
function trimUrl(url: string): string {
    let out = url;
    for (;;) {
        const before = out;
        out = out.replace(TRAILING, '');
        for (const [open, close] of [['(', ')'], ['[', ']']] as const) {
            if (out.endsWith(close) && out.split(close).length > out.split(open).length) {
                out = out.slice(0, -1);
            }
        }
        if (out === before) {
            return out;
        }
    }
}

/* An address that shows one host and leads to another (https://bank.example@evil.example) is no
 * link, and neither is one the browser cannot read. */
function safeHref(url: string): string | null {
    try {
        const parsed = new URL(url);
        const plain = parsed.protocol === 'https:' || parsed.protocol === 'http:';
        return plain && !parsed.username && !parsed.password && parsed.hostname ? parsed.href : null;
    } catch {
        return null;
    }
}

/** The text in pieces, some of which are links; joined, their texts are the text again. */
export function pieces(text: string): Piece[] {
    const out: Piece[] = [];
    let done = 0;
    for (const match of text.matchAll(URL_SHAPE)) {
        const shown = trimUrl(match[0]);
        const href = safeHref(shown);
        if (!href) {
            continue;
        }
        if (match.index > done) {
            out.push({ text: text.slice(done, match.index), href: null });
        }
        out.push({ text: shown, href });
        done = match.index + shown.length;
    }
    if (done < text.length) {
        out.push({ text: text.slice(done), href: null });
    }
    return out;
}

const LONG_CHARS = 1800;
const LONG_LINES = 24;
const SHORT_CHARS = 1200;
const SHORT_LINES = 16;

/** The beginning of a long text, cut between words where there are any, or null when it is short. */
export function beginning(text: string): string | null {
    const lines = text.split('\n');
    if (text.length <= LONG_CHARS && lines.length <= LONG_LINES) {
        return null;
    }
    let cut = lines.slice(0, SHORT_LINES).join('\n');
    if (cut.length > SHORT_CHARS) {
        cut = cut.slice(0, SHORT_CHARS);
        const word = cut.search(/\s\S*$/u);
        cut = word > SHORT_CHARS / 2 ? cut.slice(0, word) : cut.replace(/[\ud800-\udbff]$/, '');
    }
    return cut.trimEnd() + '…';
}

const EMOJI = /^(?:(?:\p{Extended_Pictographic}|\p{Emoji_Presentation}|\p{RI}\p{RI})[\ufe0f\u20e3]?(?:\p{Emoji_Modifier})?(?:\u200d(?:\p{Extended_Pictographic})\ufe0f?\p{Emoji_Modifier}?)*\s*){1,3}$/u;

/** One to three emoji and nothing else: shown large. */
export function isEmoji(text: string): boolean {
    return text.length <= 48 && EMOJI.test(text.trim());
}

/** Bytes of UTF-8. */
export function byteLength(text: string): number {
    return new TextEncoder().encode(text).length;
}

/** "10 kB", for people. */
export function size(bytes: number): string {
    return bytes < 1000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} kB`;
}

/** A name without the characters that would turn what stands around it. */
export function plainName(name: string): string {
    return name.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\u0000-\u001f\u007f-\u009f]/gu, '');
}

/** One or two letters for an avatar. */
export function initials(name: string): string {
    const words = plainName(name).trim().split(/\s+/u).filter(Boolean);
    const first = (w: string | undefined) => (w ? [...w].find((c) => /[\p{L}\p{N}]/u.test(c)) ?? '' : '');
    const letters = words.length > 1 ? first(words[0]) + first(words[words.length - 1]) : first(words[0]);
    return letters.toLocaleUpperCase();
}

/** What looks like something to add: a contact link or handle@relay; else null. */
export function address(text: string): string | null {
    const trimmed = text.trim();
    const link = /^sotto:\S{16,}$/i.test(trimmed) || /^https?:\/\/\S+#\S*sotto:\S{16,}$/i.test(trimmed);
    const handle = /^[a-z][a-z0-9._-]{1,31}@[a-z0-9.:[\]-]+$/i.test(trimmed);
    return link || handle ? trimmed : null;
}
