using TorchSharp;
using static TorchSharp.SystemTorch.Tests.TestData;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>Every differentiable member against finite differences.</summary>
public class GradientTests
{
    private static Tensor X => Spread(-2, 2, 3, 4);
    private static Tensor Y => Spread(-1.8, 2.2, 3, 4).flip(0).clone();
    private static Tensor Positive => Spread(0.5, 3, 3, 4);
    private static Tensor Square => Spread(-2, 2, 4, 4);
    private static Tensor Vector => Spread(-2, 2, 4);
    private static Tensor Cube => Spread(-2, 2, 2, 3, 4);
    private static readonly TensorIndex All = TensorIndex.Colon;

    private static Tensor Mask => tensor(new[] { true, false, true, true, false, false, true, false, true, true, false, true }, [3, 4]);

    private static TestCaseData One(string name, Func<Tensor, Tensor> function, Tensor x) => Case(name, t => function(t[0]), x);

    private static TestCaseData Two(string name, Func<Tensor, Tensor, Tensor> function, Tensor x, Tensor y)
        => Case(name, t => function(t[0], t[1]), x, y);

    private static TestCaseData Case(string name, Func<Tensor[], Tensor> function, params Tensor[] inputs)
        => new TestCaseData(function, inputs).SetName(name);

    private static IEnumerable<TestCaseData> Pointwise() =>
    [
        One("abs", x => x.abs(), X),
        One("neg", x => x.neg(), X),
        One("square", x => x.square(), X),
        One("sqrt", x => x.sqrt(), Positive),
        One("rsqrt", x => x.rsqrt(), Positive),
        One("exp", x => x.exp(), X),
        One("log", x => x.log(), Positive),
        One("log1p", x => x.log1p(), Positive),
        One("reciprocal", x => x.reciprocal(), Positive),
        One("sin", x => x.sin(), X),
        One("cos", x => x.cos(), X),
        One("tanh", x => x.tanh(), X),
        One("sigmoid", x => x.sigmoid(), X),
        One("relu", x => x.relu(), X),
        One("leaky_relu", x => x.leaky_relu(0.1), X),
        One("nan_to_num", x => x.nan_to_num(), X),
        One("sign", x => x.sign() * x, X),
        One("floor", x => x.floor() * x, X),
        One("ceil", x => x.ceil() * x, X),
        One("round", x => x.round() * x, X),
        One("clone", x => x.clone(), X),
        One("alias", x => x.alias() * 2, X),
        One("contiguous", x => x.t().contiguous(), X),
        One("to Float64", x => x.to(ScalarType.Float64) * 2, X),
        One("double", x => x.@double() * 2, X),
        One("cpu", x => x.cpu() * 2, X),
        One("softmax", x => x.softmax(1), X),
        One("log_softmax", x => x.log_softmax(1), X),
        One("logsumexp", x => x.logsumexp(1), X),
        One("torch.abs", x => abs(x), X),
        One("torch.exp", x => exp(x), X),
        One("torch.log", x => log(x), Positive),
        One("torch.sqrt", x => sqrt(x), Positive),
        One("torch.rsqrt", x => rsqrt(x), Positive),
        One("torch.square", x => square(x), X),
        One("torch.sigmoid", x => sigmoid(x), X),
        One("torch.tanh", x => tanh(x), X),
        One("torch.sin", x => sin(x), X),
        One("torch.cos", x => cos(x), X),
        One("torch.neg", x => neg(x), X),
        One("torch.log1p", x => log1p(x), Positive),
        One("torch.reciprocal", x => reciprocal(x), Positive),
        One("torch.softmax", x => softmax(x, 1), X),
        One("torch.logsumexp", x => logsumexp(x, 1), X),
    ];

    private static IEnumerable<TestCaseData> Arithmetic() =>
    [
        Two("add", (x, y) => x.add(y), X, Y),
        Two("add, alpha", (x, y) => x.add(y, 2), X, Y),
        One("add number", x => x.add(3), X),
        One("add number, alpha", x => x.add(3, 2), X),
        Two("sub", (x, y) => x.sub(y), X, Y),
        One("sub number", x => x.sub(3), X),
        Two("mul", (x, y) => x.mul(y), X, Y),
        One("mul number", x => x.mul(3), X),
        Two("div", (x, y) => x.div(y), X, Positive),
        One("div number", x => x.div(3), X),
        Two("remainder", (x, y) => x.remainder(y), X, Positive),
        One("remainder number", x => x.remainder(0.7), X),
        Two("pow", (x, y) => x.pow(y), Positive, Y),
        One("pow number", x => x.pow(3), X),
        Two("broadcasting", (x, y) => x * y + y, X, Vector),
        Two("+", (x, y) => x + y, X, Y),
        Two("-", (x, y) => x - y, X, Y),
        Two("*", (x, y) => x * y, X, Y),
        Two("/", (x, y) => x / y, X, Positive),
        Two("%", (x, y) => x % y, X, Positive),
        One("-x", x => -x, X),
        One("number + x", x => 2 + x, X),
        One("number - x", x => 2.5 - x, X),
        One("number * x", x => 2L * x, X),
        One("number / x", x => 2f / x, Positive),
        One("x + number", x => x + 2f, X),
        One("x - number", x => x - 2.5, X),
        One("x * number", x => x * 2L, X),
        One("x / number", x => x / 2, X),
        Two("minimum", (x, y) => x.minimum(y), X, Y),
        Two("maximum", (x, y) => x.maximum(y), X, Y),
        Two("min, other", (x, y) => x.min(y), X, Y),
        Two("max, other", (x, y) => x.max(y), X, Y),
        One("clamp", x => x.clamp(-1, 1), X),
        Case("clamp, tensors", t => t[0].clamp(t[1], t[2]), X, Y, Y.add(1).detach()),
        One("clamp_min", x => x.clamp_min(-0.5), X),
        One("clamp_max", x => x.clamp_max(0.5), X),
        Case("addcmul", t => t[0].addcmul(t[1], t[2], 0.5), X, Y, Positive),
        Case("addcdiv", t => t[0].addcdiv(t[1], t[2], 0.5), X, Y, Positive),
        Case("lerp", t => t[0].lerp(t[1], t[2]), X, Y, Positive),
        Two("torch.add", (x, y) => add(x, y), X, Y),
        Two("torch.sub", (x, y) => sub(x, y), X, Y),
        Two("torch.mul", (x, y) => mul(x, y), X, Y),
        Two("torch.div", (x, y) => div(x, y), X, Positive),
        One("torch.pow", x => pow(x, 2), X),
        Two("torch.minimum", (x, y) => minimum(x, y), X, Y),
        Two("torch.maximum", (x, y) => maximum(x, y), X, Y),
        One("torch.clamp", x => clamp(x, -1, 1), X),
        One("torch.clamp_min", x => clamp_min(x, 0), X),
        One("torch.clamp_max", x => clamp_max(x, 0), X),
        Two("torch.where", (x, y) => where(Mask, x, y), X, Y),
        Case("torch.lerp", t => lerp(t[0], t[1], t[2]), X, Y, Positive),
        Case("torch.addcmul", t => addcmul(t[0], t[1], t[2], 2), X, Y, Positive),
        Case("torch.addcdiv", t => addcdiv(t[0], t[1], t[2], 2), X, Y, Positive),
    ];

    // In-place members change a copy; its gradient still reaches the input.
    private static IEnumerable<TestCaseData> InPlace() =>
    [
        Two("add_", (x, y) => x.clone().add_(y), X, Y),
        Two("add_, alpha", (x, y) => x.clone().add_(y, 3), X, Y),
        One("add_ number", x => x.clone().add_(1), X),
        Two("sub_", (x, y) => x.clone().sub_(y), X, Y),
        Two("mul_", (x, y) => x.clone().mul_(y), X, Y),
        Two("div_", (x, y) => x.clone().div_(y), X, Positive),
        One("pow_", x => x.clone().pow_(3), X),
        One("remainder_", x => x.clone().remainder_(0.7), X),
        One("neg_", x => x.clone().neg_(), X),
        One("sqrt_", x => x.clone().sqrt_(), Positive),
        One("rsqrt_", x => x.clone().rsqrt_(), Positive),
        One("exp_", x => x.clone().exp_(), X),
        One("log_", x => x.clone().log_(), Positive),
        One("abs_", x => x.clone().abs_(), X),
        One("reciprocal_", x => x.clone().reciprocal_(), Positive),
        One("sigmoid_", x => x.clone().sigmoid_(), X),
        One("tanh_", x => x.clone().tanh_(), X),
        One("relu_", x => x.clone().relu_(), X),
        One("nan_to_num_", x => x.clone().nan_to_num_(), X),
        One("clamp_", x => x.clone().clamp_(-1, 1), X),
        One("clamp_min_", x => x.clone().clamp_min_(0.1), X),
        One("clamp_max_", x => x.clone().clamp_max_(0.1), X),
        Case("addcmul_", t => t[0].clone().addcmul_(t[1], t[2], 2), X, Y, Positive),
        Case("addcdiv_", t => t[0].clone().addcdiv_(t[1], t[2], 2), X, Y, Positive),
        Case("lerp_", t => t[0].clone().lerp_(t[1], t[2]), X, Y, Positive),
        Two("copy_", (x, y) => (x * 2).copy_(y) + x, X, Y),
        One("fill_", x => x.clone().fill_(3) + x, X),
        Two("index_add_", (x, y) => x.clone().index_add_(0, Indices(2, 0), y, 0.5), X, Spread(-1, 1, 2, 4)),
        Two("index_copy_", (x, y) => x.clone().index_copy_(0, Indices(2, 0), y), X, Spread(-1, 1, 2, 4)),
        One("index_fill_", x => x.clone().index_fill_(0, Indices(2, 0), 7), X),
        Two("scatter_", (x, y) => x.clone().scatter_(0, Indices(2, 0, 1, 1).view(1, 4), y), X, Spread(-1, 1, 1, 4)),
        Two("scatter_add_", (x, y) => x.clone().scatter_add_(0, Indices(2, 0, 1, 1).view(1, 4), y), X, Spread(-1, 1, 1, 4)),
        One("masked_fill_", x => x.clone().masked_fill_(Mask, 7), X),
        Two("index_put_", (x, y) => x.clone().index_put_(y, Indices(2, 0)), X, Spread(-1, 1, 2, 4)),
        Two("index_put_, accumulate", (x, y) => x.clone().index_put_(y, [Indices(1, 1)], true), X, Spread(-1, 1, 2, 4)),
        Two("x[i] = y", (x, y) => { var copy = x.clone(); copy[1] = y; return copy; }, X, Vector),
        Two("x[:, a..b] = y", (x, y) => { var copy = x.clone(); copy[All, 1..3] = y; return copy; }, X, Spread(-1, 1, 3, 2)),
        One("unsqueeze_", x => (x * 2).unsqueeze_(0), X),
        One("squeeze_", x => (x * 2).unsqueeze(0).clone().squeeze_(), X),
        One("transpose_", x => (x * 2).transpose_(0, 1), X),
    ];

    private static IEnumerable<TestCaseData> Shapes() =>
    [
        One("view", x => x.view(2, 6), X),
        One("view_as", x => x.view_as(zeros(4, 3)), X),
        One("reshape", x => x.t().reshape(2, -1), X),
        One("flatten", x => x.flatten(1), Cube),
        One("unflatten", x => x.unflatten(1, 2, 2), X),
        One("unsqueeze", x => x.unsqueeze(1), X),
        One("squeeze", x => x.unsqueeze(1).squeeze(1), X),
        One("squeeze all", x => x.unsqueeze(1).unsqueeze(0).squeeze(), X),
        One("transpose", x => x.transpose(0, 2), Cube),
        One("t", x => x.t(), X),
        One("T", x => x.T, X),
        One("mT", x => x.mT, Cube),
        One("permute", x => x.permute(2, 0, 1), Cube),
        One("movedim", x => x.movedim([0], [2]), Cube),
        One("expand", x => x.expand(3, 4), Vector),
        One("expand_as", x => x.expand_as(zeros(3, 4)), Vector),
        One("broadcast_to", x => x.broadcast_to(3, 4), Vector),
        One("repeat", x => x.repeat(2, 3), X),
        One("repeat_interleave", x => x.repeat_interleave(2, 1), X),
        One("narrow", x => x.narrow(1, 1, 2), X),
        One("slice", x => x.slice(1, 0, 4, 2), X),
        One("select", x => x.select(1, 2), X),
        One("split", x => x.split(2, 1)[1], X),
        One("split, sizes", x => x.split([1L, 3L], 1L)[1], X),
        One("chunk", x => x.chunk(2, 1)[0], X),
        One("unbind", x => x.unbind(1)[3], X),
        One("flip", x => x.flip(0, 1), X),
        One("roll", x => x.roll(1, 0), X),
        One("roll, dims", x => x.roll([1L, 2L], [0L, 1L]), X),
        One("diag of a matrix", x => x.diag(1), Square),
        One("diag of a vector", x => x.diag(), Vector),
        One("diagonal", x => x.diagonal(0, 1, 2), Cube),
        One("tril", x => x.tril(-1), Square),
        One("triu", x => x.triu(1), Square),
        One("unfold", x => x.unfold(1, 2, 1), X),
        Two("cat", (x, y) => cat([x, y], 1), X, Y),
        Two("concat", (x, y) => concat([x, y], 0), X, Y),
        Two("stack", (x, y) => stack([x, y], 1), X, Y),
        Two("hstack", (x, y) => hstack(x, y), X, Y),
        Two("vstack", (x, y) => vstack([x, y]), X, Y),
        Two("meshgrid", (x, y) => meshgrid([x, y])[0] * meshgrid([x, y])[1], Vector, Spread(-1, 1, 3)),
    ];

    private static IEnumerable<TestCaseData> Selection() =>
    [
        One("index_select", x => x.index_select(1, Indices(3, 0, 0)), X),
        Two("index_add", (x, y) => x.index_add(0, Indices(2, 0), y, 2), X, Spread(-1, 1, 2, 4)),
        Two("index_copy", (x, y) => x.index_copy(0, Indices(2, 0), y), X, Spread(-1, 1, 2, 4)),
        One("index_fill", x => x.index_fill(0, Indices(2, 0), 7), X),
        One("gather", x => x.gather(1, Indices(3, 0, 2).view(3, 1)), X),
        Two("scatter", (x, y) => x.scatter(0, Indices(2, 0, 1, 1).view(1, 4), y), X, Spread(-1, 1, 1, 4)),
        Two("scatter_add", (x, y) => x.scatter_add(0, Indices(2, 0, 1, 1).view(1, 4), y), X, Spread(-1, 1, 1, 4)),
        One("masked_fill", x => x.masked_fill(Mask, 7), X),
        One("masked_select", x => x.masked_select(Mask), X),
        One("take_along_dim", x => x.take_along_dim(Indices(3, 0, 2).view(3, 1), 1), X),
        Two("where", (x, y) => x.where(Mask, y), X, Y),
        One("x[i]", x => x[1], X),
        One("x[i, j]", x => x[1, 2], X),
        One("x[i, ..]", x => x[0, .., 1], Cube),
        One("x[..., j]", x => x[TensorIndex.Ellipsis, 1], Cube),
        One("x[None]", x => x[TensorIndex.None, All, TensorIndex.None], X),
        One("x[a..b]", x => x[All, TensorIndex.Slice(0, null, 2)], X),
        One("x[indices]", x => x[Indices(2, 2, 0)], X),
        One("x[:, indices]", x => x[All, TensorIndex.Tensor(Indices(3, 1))], X),
        One("x[mask]", x => x[Mask], X),
    ];

    private static IEnumerable<TestCaseData> Reductions() =>
    [
        One("sum", x => x.sum(), X),
        One("sum, dim", x => x.sum(1), X),
        One("sum, dims", x => x.sum([0, 2], true), Cube),
        One("sum, two dims", x => x.sum(0, 1), Cube),
        One("sum, three dims", x => x.sum(0, 1, 2), Cube),
        One("mean", x => x.mean(), X),
        One("mean, dims", x => x.mean([1], true), X),
        One("prod", x => x.prod(), X),
        One("prod, dim", x => x.prod(1), X),
        One("var", x => x.var(), X),
        One("var, dim", x => x.var(1, unbiased: false), X),
        One("var, dims", x => x.var([0, 1], true, true), Cube),
        One("var, pair", x => x.var((0, 1)), Cube),
        One("std", x => x.std(), X),
        One("std, dim", x => x.std(1), X),
        One("std, dims", x => x.std([0, 1], false), Cube),
        One("amax", x => x.amax(1), X),
        One("amax, keepdim", x => x.amax([0, 1], true), Cube),
        One("amin", x => x.amin([0]), X),
        One("max", x => x.max(), X),
        One("max, dim", x => x.max(1).Item1, X),
        One("min", x => x.min(), X),
        One("min, dim", x => x.min(1, true).Item1, X),
        One("median", x => x.median(), X),
        One("quantile", x => x.quantile(tensor(0.3), 1), X),
        One("norm", x => x.norm(), X),
        One("norm, p", x => x.norm(3f), X),
        One("norm, dim", x => x.norm(1, false, 2), X),
        Two("dist", (x, y) => x.dist(y), X, Y),
        One("sort", x => x.sort(1, true).Item1, X),
        One("topk", x => x.topk(2, 1).Item1, X),
        One("kthvalue", x => x.kthvalue(2, 1).Item1, X),
        One("cumsum", x => x.cumsum(1), X),
        One("torch.sum", x => sum(x, 1), X),
        One("torch.mean", x => mean(x, [0]), X),
        One("torch.var", x => var(x, 1), X),
        One("torch.std", x => std(x, 1), X),
        One("torch.amax", x => amax(x, [1]), X),
        One("torch.prod", x => prod(x, 1), X),
        One("torch.norm", x => norm(x, 2f), X),
        One("torch.cumsum", x => cumsum(x, 0), X),
    ];

    private static IEnumerable<TestCaseData> LinearAlgebra() =>
    [
        Two("matmul", (x, y) => x.matmul(y), X, Spread(-1, 1, 4, 2)),
        Two("matmul, batches", (x, y) => x.matmul(y), Cube, Spread(-1, 1, 4, 2)),
        Two("mm", (x, y) => x.mm(y), X, Spread(-1, 1, 4, 2)),
        Two("bmm", (x, y) => x.bmm(y), Cube, Spread(-1, 1, 2, 4, 2)),
        Two("mv", (x, y) => x.mv(y), X, Vector),
        Two("dot", (x, y) => x.dot(y), Vector, Spread(-1, 1, 4)),
        Two("outer", (x, y) => x.outer(y), Vector, Spread(-1, 1, 3)),
        Case("addmm", t => t[0].addmm(t[1], t[2], 0.5f, 2), Spread(-1, 1, 3, 2), X, Spread(-1, 1, 4, 2)),
        Two("torch.matmul", (x, y) => matmul(x, y), X, Spread(-1, 1, 4, 2)),
        Two("torch.einsum", (x, y) => einsum("ij,jk->ik", x, y), X, Spread(-1, 1, 4, 2)),
        One("linalg.norm", x => linalg.norm(x), X),
        One("linalg.norm, ord", x => linalg.norm(x, 3.0, [1]), X),
        One("linalg.vector_norm", x => linalg.vector_norm(x, 3, [1]), X),
        One("linalg.matrix_norm", x => linalg.matrix_norm(x), X),
        One("linalg.matrix_norm, spectral", x => linalg.matrix_norm(x, 2), X),
        One("linalg.matrix_norm, nuclear", x => linalg.matrix_norm(x, "nuc"), X),
        One("linalg.svdvals", x => linalg.svdvals(x), X),
        One("linalg.svd", x => linalg.svd(x, false).Item2, X),
    ];

    [TestCaseSource(nameof(Pointwise))]
    [TestCaseSource(nameof(Arithmetic))]
    [TestCaseSource(nameof(InPlace))]
    [TestCaseSource(nameof(Shapes))]
    [TestCaseSource(nameof(Selection))]
    [TestCaseSource(nameof(Reductions))]
    [TestCaseSource(nameof(LinearAlgebra))]
    public void Agrees_with_finite_differences(Func<Tensor[], Tensor> function, Tensor[] inputs) => GradientCheck.Run(function, inputs);
}
