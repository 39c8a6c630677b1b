# The MLP with adapters as a PyTorch user would write it, in TorchScript, so that one call from Java
# runs a whole forward pass in libtorch.
#
#   ids     (rows, fields) int64       tables  (ids, width) each, the domain's last
#   domain  (rows) int64               w, b    (in, out), (out) by layer, the logit's last
#   a, b_, c  (domains, in, rank), (domains, rank, out), (domains, out) by layer; none: no adapters
#   counts  rows of each domain, where the rows are sorted by domain; else empty


def listed() -> List[Tensor]:
    tensors: List[Tensor] = []
    return tensors


def extended(tensors: List[Tensor], next: Tensor) -> List[Tensor]:
    return tensors + [next]


def embedded(tables: List[Tensor], ids: Tensor) -> Tensor:
    parts: List[Tensor] = []
    for f in range(len(tables)):
        parts.append(torch.embedding(tables[f], ids.select(1, f)))
    return torch.cat(parts, 1)


# Every row meets a copy of its domain's factors. Embedding rather than indexing: its gradient is the
# faster one.
def gathered(x: Tensor, a: Tensor, b: Tensor, c: Tensor, domain: Tensor) -> Tensor:
    rows = x.size(0)
    mine_a = torch.embedding(a.flatten(1), domain).view(rows, a.size(1), a.size(2))
    mine_b = torch.embedding(b.flatten(1), domain).view(rows, b.size(1), b.size(2))
    low = torch.bmm(x.unsqueeze(1), mine_a)
    return torch.bmm(low, mine_b).squeeze(1) + torch.embedding(c, domain)


# All domains for every row, and all but the row's own put to zero: two products of matrices.
def masked(x: Tensor, a: Tensor, b: Tensor, c: Tensor, domain: Tensor) -> Tensor:
    domains, rank = a.size(0), a.size(2)
    low = torch.mm(x, a.permute([1, 0, 2]).reshape([a.size(1), domains * rank]))
    own = torch.one_hot(domain, domains).type_as(x).unsqueeze(2)
    low = (low.view(-1, domains, rank) * own).view(-1, domains * rank)
    return torch.mm(low, b.view(domains * rank, b.size(2))) + torch.embedding(c, domain)


# One product for each domain's stretch of rows.
def segmented(x: Tensor, a: Tensor, b: Tensor, c: Tensor, counts: List[int]) -> Tensor:
    parts: List[Tensor] = []
    begin = 0
    for d in range(len(counts)):
        if counts[d] > 0:
            mine = x.narrow(0, begin, counts[d])
            parts.append(torch.addmm(c.select(0, d), torch.mm(mine, a.select(0, d)), b.select(0, d)))
            begin += counts[d]
    return torch.cat(parts, 0)


# The stretches side by side, filled up to the longest one: one batched product.
def padded(x: Tensor, a: Tensor, b: Tensor, c: Tensor, domain: Tensor, place: Tensor, source: Tensor) -> Tensor:
    domains = a.size(0)
    wide = torch.embedding(x, source).view(domains, -1, x.size(1))
    low = torch.bmm(torch.bmm(wide, a), b).flatten(0, 1)
    return torch.embedding(low, place) + torch.embedding(c, domain)


def adapted(way: str, x: Tensor, a: Tensor, b: Tensor, c: Tensor, domain: Tensor, counts: List[int],
            place: Tensor, source: Tensor) -> Tensor:
    if way == "gathered":
        return gathered(x, a, b, c, domain)
    if way == "masked":
        return masked(x, a, b, c, domain)
    if way == "segmented":
        return segmented(x, a, b, c, counts)
    return padded(x, a, b, c, domain, place, source)


# Where rows sorted by domain stand in stretches of equal length, and which row stands at each place
# (the padding repeats row 0, and nothing reads it).
def places(domain: Tensor, counts: List[int]) -> Tuple[Tensor, Tensor]:
    longest = max(counts)
    begins: List[int] = []
    begin = 0
    for d in range(len(counts)):
        begins.append(d * longest - begin)
        begin += counts[d]
    place = torch.arange(domain.size(0)) + torch.tensor(begins).index_select(0, domain)
    source = torch.zeros(len(counts) * longest).to(4)  # 4: torch.long
    source.index_copy_(0, place, torch.arange(domain.size(0)))
    return place, source


# Whether the way wants the rows sorted by domain.
def sorts(way: str) -> bool:
    return way == "segmented" or way == "padded" or way == "merged"


def counted(way: str, domain: Tensor, domains: int) -> List[int]:
    if sorts(way):
        counts: List[int] = torch.bincount(domain, minlength=domains).tolist()
        return counts
    return []


def logits(way: str, tables: List[Tensor], w: List[Tensor], b: List[Tensor], a: List[Tensor], b_: List[Tensor],
           c: List[Tensor], ids: Tensor, domain: Tensor, dropout: float) -> Tensor:
    x = embedded(tables, ids)
    place = domain
    source = domain
    counts: List[int] = []
    if len(a) > 0:
        counts = counted(way, domain, a[0].size(0))
        if way == "padded":
            place, source = places(domain, counts)
    for i in range(len(w) - 1):
        z = torch.addmm(b[i], x, w[i])
        if dropout > 0:
            z = torch.dropout(z, dropout, True)
        if len(a) > 0:
            z = z + adapted(way, x, a[i], b_[i], c[i], domain, counts, place, source)
        x = torch.relu(z)
    return torch.addmm(b[len(w) - 1], x, w[len(w) - 1]).squeeze(1)


# Weights of each domain with its adapter inside, for inference.
def merged(w: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.baddbmm(w.unsqueeze(0), a, b)


def merged_logits(tables: List[Tensor], w: List[Tensor], b: List[Tensor], ids: Tensor, domain: Tensor) -> Tensor:
    x = embedded(tables, ids)
    last = len(w) - 1
    counts = counted("merged", domain, w[0].size(0))
    for i in range(last):
        parts: List[Tensor] = []
        begin = 0
        for d in range(len(counts)):
            if counts[d] > 0:
                parts.append(torch.addmm(b[i].select(0, d), x.narrow(0, begin, counts[d]), w[i].select(0, d)))
                begin += counts[d]
        x = torch.relu(torch.cat(parts, 0))
    return torch.addmm(b[last], x, w[last]).squeeze(1)


# Predictions are wanted in the order of the rows.
def predicted(way: str, tables: List[Tensor], w: List[Tensor], b: List[Tensor], a: List[Tensor], b_: List[Tensor],
              c: List[Tensor], ids: Tensor, domain: Tensor) -> Tensor:
    if not sorts(way) or len(a) == 0:
        return logits(way, tables, w, b, a, b_, c, ids, domain, 0.0)
    mine, order = torch.sort(domain, stable=True)
    logit = logits(way, tables, w, b, a, b_, c, ids.index_select(0, order), mine, 0.0)
    return torch.empty_like(logit).index_copy_(0, order, logit)


def predicted_merged(tables: List[Tensor], w: List[Tensor], b: List[Tensor], ids: Tensor, domain: Tensor) -> Tensor:
    if domain.size(0) == 1:
        return merged_logit(tables, w, b, ids, int(domain.item()))
    mine, order = torch.sort(domain, stable=True)
    logit = merged_logits(tables, w, b, ids.index_select(0, order), mine)
    return torch.empty_like(logit).index_copy_(0, order, logit)


# The single row of a batch: nothing to count or to put together.
def merged_logit(tables: List[Tensor], w: List[Tensor], b: List[Tensor], ids: Tensor, domain: int) -> Tensor:
    x = embedded(tables, ids)
    last = len(w) - 1
    for i in range(last):
        x = torch.relu(torch.addmm(b[i].select(0, domain), x, w[i].select(0, domain)))
    return torch.addmm(b[last], x, w[last]).squeeze(1)


# Rows of a batch, sorted by domain for the ways that need it.
def picked(ids: Tensor, domain: Tensor, label: Tensor, rows: Tensor, sort: bool) -> Tuple[Tensor, Tensor, Tensor]:
    mine = domain.index_select(0, rows)
    if sort:
        mine, order = torch.sort(mine, stable=True)
        rows = rows.index_select(0, order)
    return ids.index_select(0, rows), mine, label.index_select(0, rows)


def gradients_of(loss: Tensor, values: List[Tensor]) -> List[Tensor]:
    gradients: List[Tensor] = []
    for gradient in torch.grad([loss], values):
        assert gradient is not None
        gradients.append(gradient)
    return gradients


def gradients(way: str, tables: List[Tensor], w: List[Tensor], b: List[Tensor], a: List[Tensor], b_: List[Tensor],
              c: List[Tensor], ids: Tensor, domain: Tensor, label: Tensor, rows: Tensor, dropout: float,
              values: List[Tensor]) -> List[Tensor]:
    my_ids, my_domain, my_label = picked(ids, domain, label, rows, sorts(way) and len(a) > 0)
    logit = logits(way, tables, w, b, a, b_, c, my_ids, my_domain, dropout)
    return gradients_of(torch.binary_cross_entropy_with_logits(logit, my_label, None, None, 1), values)


# One step of training on rows of the data; moves values, which are those of the parameters that train.
def trained(way: str, tables: List[Tensor], w: List[Tensor], b: List[Tensor], a: List[Tensor], b_: List[Tensor],
            c: List[Tensor], ids: Tensor, domain: Tensor, label: Tensor, rows: Tensor, dropout: float,
            values: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor]) -> int:
    g = gradients(way, tables, w, b, a, b_, c, ids, domain, label, rows, dropout, values)
    torch._foreach_add_(steps, 1)
    torch._fused_adam_(values, g, first, second, [], steps, lr=1e-3, beta1=0.9, beta2=0.999, weight_decay=0.0,
                       eps=1e-8, amsgrad=False, maximize=False)
    return 0
