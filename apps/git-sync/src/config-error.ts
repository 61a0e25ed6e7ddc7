import { AppError } from '@pod-patterns/runtime/errors.ts';

/** The error of a setting that cannot be used. */
export function invalidSetting(message: string, remedy: string): AppError {
  return new AppError('SETTING_INVALID', message, remedy);
}
