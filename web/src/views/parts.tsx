/* Small parts that several views share: avatars, names, QR codes, dialogs, confirmations. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { Qr } from '../api/types';
import { initials, plainName } from '../model/text';
import { t } from '../strings';
import { CloseIcon, GroupIcon, VerifiedIcon } from './icons';

/* The same person has the same hue everywhere; neighbours on the wheel stay distinguishable. */
export function hue(id: string): number {
    let h = 0x811c9dc5;
    for (const c of id) {
        h = Math.imul(h ^ c.charCodeAt(0), 0x01000193);
    }
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    return ((h >>> 8) % 12) * 30 + 12;
}

interface AvatarProps {
    id: string;
    name: string;
    size: 'tiny' | 'small' | 'medium' | 'large';
    group?: boolean;
}

export function Avatar({ id, name, size, group }: AvatarProps) {
    const letters = initials(name);
    return (
        <span class={`avatar avatar-${size} hue-${hue(id)}${group ? ' avatar-group' : ''}`} aria-hidden="true">
            {group && size !== 'tiny' ? <GroupIcon /> : letters || '·'}
        </span>
    );
}

/** A name that somebody chose: apart from the text around it, whatever its direction. */
export function Name({ name }: { name: string }) {
    return <bdi>{plainName(name)}</bdi>;
}

export function VerifiedMark() {
    return <span class="verified-mark" role="img" aria-label={t.verified} title={t.verified}><VerifiedIcon /></span>;
}

/** An identity fingerprint, eight groups a line. */
export function Fingerprint({ text }: { text: string }) {
    return <span class="digits fingerprint">{text.split(' ').map((group, i) => <span key={i}>{group}{' '}</span>)}</span>;
}

/** Dark on white in both themes, with the quiet zone that cameras need. */
export function QrCode({ qr, label }: { qr: Qr; label: string }) {
    const path = qr.rows.flatMap((row, y) =>
        [...row.matchAll(/1+/g)].map((run) => `M${run.index} ${y}h${run[0].length}v1h-${run[0].length}z`)).join('');
    const edge = qr.size + 8;
    return (
        <svg class="qr" role="img" aria-label={label} viewBox={`-4 -4 ${edge} ${edge}`} shape-rendering="crispEdges">
            <rect class="qr-light" x="-4" y="-4" width={edge} height={edge} />
            <path class="qr-dark" d={path} />
        </svg>
    );
}

interface ModalProps {
    title: string;
    onClose(): void;
    children: ComponentChildren;
    wide?: boolean;
}

/** A dialog of the browser's own: it keeps the focus, closes on Esc, and gives the focus back. */
export function Modal({ title, onClose, children, wide }: ModalProps) {
    const box = useRef<HTMLDialogElement>(null);
    useLayoutEffect(() => {
        const before = document.activeElement;
        const dialog = box.current;
        dialog?.showModal();
        return () => {
            dialog?.close();
            if (before instanceof HTMLElement && before.isConnected) {
                before.focus();
            }
        };
    }, []);
    const outside = (event: MouseEvent) => {
        if (event.target === box.current) {
            onClose();
        }
    };
    return (
        <dialog ref={box} class={wide ? 'modal modal-wide' : 'modal'} aria-labelledby="modal-title"
            onCancel={(e) => { e.preventDefault(); onClose(); }} onMouseDown={outside}>
            <div class="modal-body">
                <header class="modal-head">
                    <h2 id="modal-title">{title}</h2>
                    <button type="button" class="round" aria-label={t.close} onClick={onClose}><CloseIcon /></button>
                </header>
                {children}
            </div>
        </dialog>
    );
}

interface SureProps {
    sentence: string;
    action: string;
    onYes(): void;
    onNo(): void;
}

/** Asks once more, in place, before what cannot be undone; Esc and the first button mean no. */
export function Sure({ sentence, action, onYes, onNo }: SureProps) {
    const no = useRef<HTMLButtonElement>(null);
    useLayoutEffect(() => no.current?.focus(), []);
    const escape = (e: KeyboardEvent) => {
        if (e.key === 'Escape') {
            e.stopPropagation();
            e.preventDefault();
            onNo();
        }
    };
    return (
        <div class="confirm" role="group" aria-label={sentence} onKeyDown={escape}>
            <p>{sentence}</p>
            <div class="buttons">
                <button type="button" class="button" ref={no} onClick={onNo}>{t.cancel}</button>
                <button type="button" class="button button-danger" onClick={onYes}>{action}</button>
            </div>
        </div>
    );
}

interface ConfirmProps {
    label: ComponentChildren;
    sentence: string;
    action: string;
    onConfirm(): void;
    class: string;
}

/** A button that gives way to Sure. */
export function Confirm({ label, sentence, action, onConfirm, class: cls }: ConfirmProps) {
    const [asking, setAsking] = useState(false);
    if (!asking) {
        return <button type="button" class={cls} onClick={() => setAsking(true)}>{label}</button>;
    }
    return (
        <Sure sentence={sentence} action={action} onNo={() => setAsking(false)}
            onYes={() => { setAsking(false); onConfirm(); }} />
    );
}

/** Runs work that may fail, and keeps why it did for the dialog to show. */
export function useWork(): { busy: boolean; problem: string; run(work: () => Promise<void>): Promise<boolean> } {
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState('');
    const alive = useRef(true);
    useEffect(() => () => { alive.current = false; }, []);
    const run = async (work: () => Promise<void>) => {
        setBusy(true);
        setProblem('');
        try {
            await work();
            return true;
        } catch (error) {
            if (alive.current) {
                setProblem(error instanceof Error && error.message ? error.message : t.lost);
            }
            return false;
        } finally {
            if (alive.current) {
                setBusy(false);
            }
        }
    };
    return { busy, problem, run };
}

export function Problem({ sentence }: { sentence: string }) {
    return <p class="problem" role="alert">{sentence}</p>;
}
