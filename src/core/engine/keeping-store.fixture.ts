import { must } from '../../base/assert.ts';
import { joined } from '../../base/bytes.ts';
import { decodeTranslations, encodeTranslations } from './saved-translations.ts';
import { SharedTranslations, TranslationStore } from './translation-store.ts';

/** A store that keeps what it is given, and begins with what another has left, or with nothing. */
export function keepingStore(left?: Uint8Array): TranslationStore {
  const store = new TranslationStore();
  store.begin((left && SharedTranslations.of(decodeTranslations(left))) ?? new SharedTranslations());
  return store;
}
/** What a store leaves to another process. */
export const leftBy = ({ current }: TranslationStore): Uint8Array =>
  joined(encodeTranslations(must(current.save(), 'a store that keeps')));
