package org.mlora.backend.reference;

import org.mlora.network.Op;
import org.mlora.network.Pooling;

/** out[i, column + j] = sum or mean over the row's ids of table[id, j]; zeros for no ids. */
record BagLookupLayer(Op.BagLookup op) implements Layer {
  @Override
  public void forward(Pass pass) {
    double[] table = pass.state(op.table()).value;
    double[] out = pass.values(op.out());
    int width = op.table().rowSize();
    for (int i = 0; i < pass.batch().size(); i++) {
      int[] ids = pass.batch().bag(op.input(), i);
      for (int id : ids) {
        for (int j = 0; j < width && id >= 0; j++) {
          out[i * op.out().width() + op.column() + j] += share(ids) * table[id * width + j];
        }
      }
    }
  }

  @Override
  public void backward(Pass pass) {
    ParameterState table = pass.state(op.table());
    double[] g = pass.gradients(op.out());
    for (int i = 0; i < pass.batch().size(); i++) {
      int[] ids = pass.batch().bag(op.input(), i);
      for (int id : ids) {
        if (id >= 0) {
          int row = table.touch(id);
          for (int j = 0; j < op.table().rowSize(); j++) {
            table.gradient[row + j] += share(ids) * g[i * op.out().width() + op.column() + j];
          }
        }
      }
    }
  }

  private double share(int[] ids) {
    return op.pooling() == Pooling.MEAN ? 1.0 / ids.length : 1;
  }
}
