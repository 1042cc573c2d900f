/* Light, dark, or as the system is: the one thing that the page keeps in localStorage. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'sotto.theme';

export function theme(): Theme {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export function applyTheme(): void {
    const chosen = theme();
    if (chosen === 'system') {
        delete document.documentElement.dataset.theme;
    } else {
        document.documentElement.dataset.theme = chosen;
    }
}

export function chooseTheme(chosen: Theme): void {
    if (chosen === 'system') {
        localStorage.removeItem(KEY);
    } else {
        localStorage.setItem(KEY, chosen);
    }
    applyTheme();
}
