import { AppError } from '@pod-patterns/runtime/errors.ts';

/** A tree is not to be published, though nothing is wrong with our copy of it. */
export class PublishRefused extends AppError {}
