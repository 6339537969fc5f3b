/** What a mark in a picture looks like: one table for every format that has colours. */
import type { Mark } from '../picture/picture.ts';

export const markColours: Readonly<Record<Mark, string>> = {
  plain: '#ffffff',
  lost: '#f4b6b6',
  stops: '#f7d7a8',
  degraded: '#f5efa8',
  danger: '#f4b6b6',
  unknown: '#e3c8ea',
  busy: '#c5dcf5',
};
