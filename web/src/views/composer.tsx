/* Where one writes. Enter sends, Shift+Enter breaks the line; what is written is kept as a draft by
 * the agent. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Conversation } from '../api/types';
import { LIMITS } from '../api/types';
import type { App } from '../model/app';
import { byteLength, plainName, size } from '../model/text';
import { t } from '../strings';
import { SendIcon } from './icons';
import { Problem } from './parts';

const narrow = () => matchMedia('(max-width: 720px)').matches;

export function Composer({ app, c, text }: { app: App; c: Conversation; text: string }) {
    const field = useRef<HTMLTextAreaElement>(null);
    const bytes = text.length > LIMITS.text_bytes / 4 ? byteLength(text) : 0;
    const tooLong = bytes > LIMITS.text_bytes;
    const title = plainName(c.title);

    useEffect(() => {
        if (!narrow()) {
            field.current?.focus();
        }
    }, [c.id]);
    useLayoutEffect(() => {
        const f = field.current;
        if (f) {
            f.style.height = 'auto';
            f.style.height = `${Math.min(f.scrollHeight, 220)}px`;
        }
    }, [text, c.id]);

    const send = () => {
        if (text.trim() && !tooLong) {
            app.send(c.id, text.replace(/\r\n?/g, '\n').trimEnd());
            field.current?.focus();
        }
    };
    const key = (e: KeyboardEvent) => {
        if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) {
            e.preventDefault();
            send();
        } else if (e.key === 'ArrowUp' && text === '' && !e.altKey) {
            const messages = document.querySelectorAll<HTMLElement>('.history .message');
            e.preventDefault();
            messages[messages.length - 1]?.focus();
        }
    };
    return (
        <form class="composer" onSubmit={(e) => { e.preventDefault(); send(); }}>
            {tooLong && <Problem sentence={t.tooLong(size(bytes - LIMITS.text_bytes), size(LIMITS.text_bytes))} />}
            <div class="composer-row">
                <textarea id="composer" ref={field} rows={1} dir="auto" value={text} placeholder={t.placeholder}
                    aria-label={t.composer(title)} enterkeyhint="send"
                    onInput={(e) => app.draft(c.id, e.currentTarget.value)} onKeyDown={key} />
                <button type="submit" class="send" aria-label={t.send} disabled={!text.trim() || tooLong}><SendIcon /></button>
            </div>
        </form>
    );
}
