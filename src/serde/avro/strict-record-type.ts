import { RecordType, type Tap } from './extensible-types.ts';
import { unwritable } from './misfit.ts';

/**
 * Records that come out as plain objects, so that every other serde writes them too, and that refuse fields their schema does
 * not have; avsc drops those without a word.
 */
export class StrictRecordType extends RecordType {
  override _createConstructor(): { prototype: object } {
    const constructor = super._createConstructor(false, true);
    constructor.prototype = Object.prototype;
    return constructor;
  }

  override _createWriter(): (this: unknown, tap: Tap, value: object) => void {
    const write = super._createWriter();
    const names = new Set(this.fields.map(({ name }) => name));
    return function writeDeclared(tap, value) {
      for (const name in value) {
        if (!names.has(name)) throw unwritable(`a field "${name}" that the schema does not have`);
      }
      write.call(this, tap, value);
    };
  }
}
