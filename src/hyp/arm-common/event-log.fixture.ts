import type { EventDecl, EventSink, FieldsOf } from '../../trace/events/index.ts';

/** Keeps events for a test to look at. */
export class EventLog implements EventSink {
  readonly events: { readonly [key: string]: unknown }[] = [];
  emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    this.events.push({ event: decl.name, ...(fields as object) });
  }
  names(): unknown[] {
    return this.events.map((e) => e.event);
  }
  of(name: string): { readonly [key: string]: unknown }[] {
    return this.events.filter((e) => e.event === name);
  }
}
