import type { ErrorCode } from '../../core/error-catalogue/index.ts';
import { MillraceError } from '../../core/millrace-error.ts';

/** What an error of LevelDB means here; made once, where it leaves the binding. */
export function toStoreError(error: unknown, directory: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const reason = reasonOf(error);
  const code = storeCodeOf(reason);
  return new MillraceError(code, `${EXPECTED[code]}, got ${reason.message}`, { cause: error, context: { directory } });
}

type StoreErrorCode = Extract<ErrorCode, 'STORE_LOCKED' | 'STORE_CORRUPTED' | 'STORE_STORAGE' | 'STORE_CLOSED'>;

const EXPECTED: { readonly [code in StoreErrorCode]: string } = {
  STORE_LOCKED: 'Expected the store directory to be free',
  STORE_CORRUPTED: 'Expected the files of the store to be whole',
  STORE_STORAGE: 'Expected to read and write the files of the store',
  STORE_CLOSED: 'Expected the store to be open',
};

interface Reason {
  readonly code: string;
  readonly message: string;
}

/** The innermost error that LevelDB itself gave: an open that fails wraps it. */
function reasonOf(error: unknown): Reason {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return { code: 'code' in error ? String(error.code) : '', message: error.message };
}

function storeCodeOf({ code, message }: Reason): StoreErrorCode {
  if (code === 'LEVEL_LOCKED') return 'STORE_LOCKED';
  if (code === 'LEVEL_CORRUPTION' || message.startsWith('Corruption')) return 'STORE_CORRUPTED';
  if (/^LEVEL_(DATABASE|ITERATOR|BATCH|SNAPSHOT)_NOT_OPEN$/.test(code)) return 'STORE_CLOSED';
  // The directory is there, but a file that another of its files names is not.
  if (/^IO error: .*: No such file or directory$/s.test(message)) return 'STORE_CORRUPTED';
  return 'STORE_STORAGE';
}
