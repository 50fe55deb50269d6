using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>What members that change their tensor give back: that very object, not a second handle on the same storage.</summary>
public class InPlaceTests
{
    // x is a 2×2 tensor of numbers between 0 and 1, y another one.
    private static IEnumerable<TestCaseData> Members()
    {
        yield return Case("add_ tensor", (x, y) => x.add_(y));
        yield return Case("add_ tensor, factor", (x, y) => x.add_(y, 2));
        yield return Case("add_ number", (x, y) => x.add_(2));
        yield return Case("add_ number, factor", (x, y) => x.add_(2, 3));
        yield return Case("sub_ tensor", (x, y) => x.sub_(y));
        yield return Case("sub_ number", (x, y) => x.sub_(2));
        yield return Case("mul_ tensor", (x, y) => x.mul_(y));
        yield return Case("mul_ number", (x, y) => x.mul_(2));
        yield return Case("div_ tensor", (x, y) => x.div_(y));
        yield return Case("div_ number", (x, y) => x.div_(2));
        yield return Case("remainder_ tensor", (x, y) => x.remainder_(y));
        yield return Case("remainder_ number", (x, y) => x.remainder_(2));
        yield return Case("pow_ tensor", (x, y) => x.pow_(y));
        yield return Case("pow_ number", (x, y) => x.pow_(2));
        yield return Case("addcmul_", (x, y) => x.addcmul_(y, y, 2));
        yield return Case("addcdiv_", (x, y) => x.addcdiv_(y, y));
        yield return Case("addcdiv_ factor", (x, y) => x.addcdiv_(y, y, 2));
        yield return Case("lerp_", (x, y) => x.lerp_(y, y));
        yield return Case("clamp_ numbers", (x, y) => x.clamp_(0.2, 0.5));
        yield return Case("clamp_ tensors", (x, y) => x.clamp_(y, y));
        yield return Case("clamp_min_", (x, y) => x.clamp_min_(0.5));
        yield return Case("clamp_max_", (x, y) => x.clamp_max_(0.5));
        yield return Case("abs_", (x, y) => x.abs_());
        yield return Case("neg_", (x, y) => x.neg_());
        yield return Case("sqrt_", (x, y) => x.sqrt_());
        yield return Case("relu_", (x, y) => x.relu_());
        yield return Case("sigmoid_", (x, y) => x.sigmoid_());
        yield return Case("tanh_", (x, y) => x.tanh_());
        yield return Case("exp_", (x, y) => x.exp_());
        yield return Case("log_", (x, y) => x.log_());
        yield return Case("floor_", (x, y) => x.floor_());
        yield return Case("ceil_", (x, y) => x.ceil_());
        yield return Case("reciprocal_", (x, y) => x.reciprocal_());
        yield return Case("rsqrt_", (x, y) => x.rsqrt_());
        yield return Case("sign_", (x, y) => x.sign_());
        yield return Case("round_", (x, y) => x.round_());
        yield return Case("nan_to_num_", (x, y) => x.nan_to_num_());
        yield return Case("fill_", (x, y) => x.fill_(3));
        yield return Case("copy_", (x, y) => x.copy_(y));
        yield return Case("normal_", (x, y) => x.normal_());
        yield return Case("uniform_", (x, y) => x.uniform_(0, 1));
        yield return Case("random_", (x, y) => x.random_(0, 5));
        yield return Case("bernoulli_", (x, y) => x.bernoulli_());
        yield return Case("index_add_", (x, y) => x.index_add_(0, Rows, y, 1));
        yield return Case("index_copy_", (x, y) => x.index_copy_(0, Rows, y));
        yield return Case("index_fill_", (x, y) => x.index_fill_(0, Rows, 2));
        yield return Case("scatter_", (x, y) => x.scatter_(0, Places, y));
        yield return Case("scatter_add_", (x, y) => x.scatter_add_(0, Places, y));
        yield return Case("masked_fill_", (x, y) => x.masked_fill_(x > 0.5, 2));
        yield return Case("index_put_ tensor", (x, y) => x.index_put_(y, Rows));
        yield return Case("index_put_ number", (x, y) => x.index_put_(3, TensorIndex.Single(0)));
        yield return Case("index_put_ array", (x, y) => x.index_put_(y, [Rows], true));
        yield return Case("unsqueeze_", (x, y) => x.unsqueeze_(0));
        yield return Case("squeeze_", (x, y) => x.squeeze_());
        yield return Case("squeeze_ of one", (x, y) => x.squeeze_(0));
        yield return Case("transpose_", (x, y) => x.transpose_(0, 1));
        yield return Case("detach_", (x, y) => x.detach_());
        yield return Case("requires_grad_", (x, y) => x.requires_grad_());
        yield return Case("with_requires_grad", (x, y) => x.with_requires_grad());
        yield return Case("torch.add_", (x, y) => torch.add_(x, y));
        yield return Case("torch.sub_", (x, y) => torch.sub_(x, 1));
        yield return Case("torch.mul_", (x, y) => torch.mul_(x, y));
        yield return Case("torch.div_", (x, y) => torch.div_(x, y));
        yield return Case("torch.pow_", (x, y) => torch.pow_(x, y));
        yield return Case("torch.addcmul_", (x, y) => torch.addcmul_(x, y, y, 2));
        yield return Case("torch.addcdiv_", (x, y) => torch.addcdiv_(x, y, y, 2));
        yield return Case("torch.clamp_", (x, y) => torch.clamp_(x, 0.2, 0.5));
        yield return Case("torch.neg_", (x, y) => torch.neg_(x));
        yield return Case("torch.sqrt_", (x, y) => torch.sqrt_(x));
        yield return Case("torch.unsqueeze_", (x, y) => torch.unsqueeze_(x, 0));
        yield return Case("torch.squeeze_", (x, y) => torch.squeeze_(x));
        yield return Case("init.zeros_", (x, y) => nn.init.zeros_(x));
        yield return Case("init.ones_", (x, y) => nn.init.ones_(x));
        yield return Case("init.constant_", (x, y) => nn.init.constant_(x, 2));
        yield return Case("init.uniform_", (x, y) => nn.init.uniform_(x));
        yield return Case("init.normal_", (x, y) => nn.init.normal_(x));
        yield return Case("init.xavier_uniform_", (x, y) => nn.init.xavier_uniform_(x));
        yield return Case("init.xavier_normal_", (x, y) => nn.init.xavier_normal_(x));
        yield return Case("init.kaiming_uniform_", (x, y) => nn.init.kaiming_uniform_(x));
        yield return Case("init.kaiming_normal_", (x, y) => nn.init.kaiming_normal_(x));

        static TestCaseData Case(string name, Func<Tensor, Tensor, Tensor> member) => new TestCaseData(member).SetArgDisplayNames(name);
    }

    private static Tensor Rows => tensor(new long[] { 1, 0 });

    private static Tensor Places => tensor(new long[] { 1, 0, 0, 1 }, 2, 2);

    [TestCaseSource(nameof(Members))]
    public void Gives_back_its_own_tensor(Func<Tensor, Tensor, Tensor> member)
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 0.1, 0.7, 0.4, 0.9 }, 2, 2);
        var y = tensor(new[] { 0.3, 0.6, 0.8, 0.2 }, 2, 2);
        Assert.That(member(x, y), Is.SameAs(x));
    }

    // These give another handle on the same storage.
    private static IEnumerable<TestCaseData> OtherHandles()
    {
        yield return Case("zero_", x => x.zero_());
        yield return Case("functional.relu", x => nn.functional.relu(x, true));
        yield return Case("functional.leaky_relu", x => nn.functional.leaky_relu(x, 0.1, true));
        yield return Case("functional.sigmoid", x => nn.functional.sigmoid(x, true));
        yield return Case("functional.tanh", x => nn.functional.tanh(x, true));
        yield return Case("functional.dropout", x => nn.functional.dropout(x, 0.5, true, true));

        static TestCaseData Case(string name, Func<Tensor, Tensor> member) => new TestCaseData(member).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(OtherHandles))]
    public void Gives_back_another_handle_on_its_storage(Func<Tensor, Tensor> member)
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { -0.1, 0.7, 0.4, 0.9 });
        var result = member(x);
        Assert.That(result, Is.Not.SameAs(x));
        result.add_(1);
        Assert.That(TestData.Doubles(x), Is.EqualTo(TestData.Doubles(result)));
        Assert.That(TestData.Doubles(x), Is.Not.EqualTo(new[] { 0.9, 1.7, 1.4, 1.9 }));
        result.Dispose();
        Assert.That(x.IsInvalid, Is.False);
    }

    [Test]
    public void Two_functions_leave_their_input_alone_in_spite_of_their_names()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 0.1, 0.7 });
        Assert.That(TestData.Doubles(torch.clamp_min_(x, 0.5)), Is.EqualTo(new[] { 0.5, 0.7 }));
        Assert.That(TestData.Doubles(torch.clamp_max_(x, 0.5)), Is.EqualTo(new[] { 0.1, 0.5 }));
        Assert.That(TestData.Doubles(x), Is.EqualTo(new[] { 0.1, 0.7 }));
    }
}
