package org.mlora.backend.reference;

import org.mlora.network.Op;

/** out[i, column + j] = table[id_i, j]; nothing for a negative id. */
record LookupLayer(Op.Lookup op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] table = pass.state(op.table()).value;
    double[] out = pass.values(op.out());
    int width = op.table().rowSize();
    for (int i = 0; i < pass.batch().size(); i++) {
      int id = pass.batch().id(op.input(), i);
      for (int j = 0; j < width && id >= 0; j++) {
        out[i * op.out().width() + op.column() + j] = table[id * width + j];
      }
    }
  }

  @Override
  public void backward(Pass pass) {
    ParameterState table = pass.state(op.table());
    double[] g = pass.gradients(op.out());
    for (int i = 0; i < pass.batch().size(); i++) {
      int id = pass.batch().id(op.input(), i);
      if (id >= 0) {
        int row = table.touch(id);
        for (int j = 0; j < op.table().rowSize(); j++) {
          table.gradient[row + j] += g[i * op.out().width() + op.column() + j];
        }
      }
    }
  }
}
