using System.Text.Json;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

public sealed class DescriptionTests
{
    [Test]
    public void ARandomSetComesBackFromItsJson()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 60; number++)
        {
            using var scope = NewDisposeScope();
            var random = new RandomNetworks(unchecked(seed + number));
            random.Network().Dispose();
            var set = random.Set().Scaled(0.7);
            var json = JsonSerializer.Serialize(set.Describe());
            var again = SemanticSet.FromDescription(JsonSerializer.Deserialize<SemanticSetDescription>(json)!);
            Assert.That(JsonSerializer.Serialize(again.Describe()), Is.EqualTo(json));
            Assert.That(again.ToString(), Is.EqualTo(set.ToString()));
            Assert.That((again.Box.Lower, again.Box.Upper), Is.EqualTo((set.Box.Lower, set.Box.Upper)));

            var image = random.Image();
            Assert.That(TensorValues.Gap(again.Apply(image, set.Box.Corners()), set.Apply(image, set.Box.Corners())), Is.Zero, json);
            using PerturbedImages first = set.Enclose(image, set.Box), second = again.Enclose(image, set.Box);
            Assert.That(TensorValues.Gap(first.Generators, second.Generators), Is.Zero, json);
        }
    }

    [Test]
    public void TheJsonIsStable()
    {
        using var image = tensor(new[] { 0f, 1f }).reshape(1, 1, 2);
        var set = SemanticSet
            .Of(new GammaCorrection(-0.1, 1.0 / 3), new ConvexHull(image))
            .Then(new Brightness(-0.5, 0.5), new Contrast(0, 0.25, ContrastPivot.ImageMean), new Saturation(0, 0))
            .Then(
                new Haze(0, 1, 0.5, 0.75, 1),
                new Blur(
                    0,
                    1,
                    [
                        [1, 2, 1],
                    ],
                    BlurEdges.Renormalise))
            .WithNoise(0.01)
            .WithEightBitRounding()
            .WithoutClip();
        Assert.That(JsonSerializer.Serialize(set.Describe()), Is.EqualTo(
            """
            {"stages":[[{"kind":"gamma"},{"kind":"convexHull","count":1,"shape":[1,1,2],"values":"AAAAAAAAgD8="}],
            [{"kind":"brightness"},{"kind":"contrast","pivot":"ImageMean"},{"kind":"saturation"}],
            [{"kind":"haze","airlight":[0.5,0.75,1]},{"kind":"blur","weights":[[1,2,1]],"edges":"Renormalise"}]],
            "lower":[-0.1,0,-0.5,0,0,0,0],"upper":[0.3333333333333333,1,0.5,0.25,0,1,1],"clip":false,"noise":0.01,"eightBitRounding":true}
            """.ReplaceLineEndings(string.Empty)));
    }

    [Test]
    public void TheJsonOfLightFieldsIsStable()
    {
        using var image = tensor(new[] { 0f, 1f }).reshape(1, 2);
        var set = SemanticSet
            .Of(
                new ColourTemperature(
                    -1,
                    0,
                    [-1, 0],
                    [
                        [2],
                        [1],
                    ]),
                new MovingShadow(new ParameterBox([0, -1], [0.5, 1]), 45, 0.5, 2))
            .Then(new BiasField(0, 1, 1, BiasFieldKind.Additive), new Vignette(0, 0.5, 0.25, 0.5, 3), new Shadow(0, 1, Mask.Of(image)))
            .Then(new LightSpot(0, 1, Mask.Of(image), 0.5), new WhiteBalance(-0.5, 0.5, 1));
        Assert.That(JsonSerializer.Serialize(set.Describe()), Is.EqualTo(
            """
            {"stages":[[{"kind":"colourTemperature","shifts":[-1,0],"gains":[[2],[1]]},{"kind":"movingShadow","angle":45,"offset":0.5,"softness":2}],
            [{"kind":"biasField","order":1,"mode":"Additive","channels":1},{"kind":"vignette","centreX":0.25,"centreY":0.5,"falloff":3},
            {"kind":"shadow","height":1,"width":2,"mask":"AAAAAAAAgD8="}],
            [{"kind":"lightSpot","height":1,"width":2,"mask":"AAAAAAAAgD8=","colour":[0.5]},{"kind":"whiteBalance","channels":1}]],
            "lower":[-1,0,-1,0,0,0,0,0,0,-0.5],"upper":[0,0.5,1,1,1,1,0.5,1,1,0.5],"clip":true,"noise":0,"eightBitRounding":false}
            """.ReplaceLineEndings(string.Empty)));
    }

    [Test]
    public void ATransformOfTheUsersIsNamedAndHasToBeGivenAgain()
    {
        var description = SemanticSet.Of(new Brightness(0, 1), new Tint()).Describe();
        var json = JsonSerializer.Serialize(description);
        Assert.That(json, Does.Contain("\"kind\":\"custom\"").And.Contain("Tint").And.Contain("\"parameters\":2"));
        Assert.That(() => SemanticSet.FromDescription(JsonSerializer.Deserialize<SemanticSetDescription>(json)!),
            Throws.InstanceOf<NotSupportedException>().With.Message.Contains("Tint"));
    }

    [TestCase("\"lower\":[0]", "\"lower\":[2]")]
    [TestCase("\"lower\":[0]", "\"lower\":[0,0]")]
    [TestCase("\"lower\":[0]", "\"lower\":null")]
    [TestCase("\"noise\":0,", "\"noise\":-1,")]
    [TestCase("[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]", "[]")]
    [TestCase("[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]", "[null]")]
    [TestCase("[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]", "[[null]]")]
    [TestCase("[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]", "[[{\"kind\":\"haze\",\"airlight\":[2]}]]")]
    [TestCase("[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]", "[[{\"kind\":\"haze\",\"airlight\":null}]]")]
    [TestCase("[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]", "[[{\"kind\":\"blur\",\"weights\":[null],\"edges\":\"Replicate\"}]]")]
    [TestCase(
        "[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]",
        "[[{\"kind\":\"convexHull\",\"count\":1,\"shape\":[1,1,2],\"values\":\"AAAA\"}]]")]
    [TestCase(
        "[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]",
        "[[{\"kind\":\"convexHull\",\"count\":1,\"shape\":[1,1,2],\"values\":null}]]")]
    [TestCase(
        "[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]",
        "[[{\"kind\":\"convexHull\",\"count\":1,\"shape\":[1,1,9223372036854775807],\"values\":\"AAAA\"}]]")]
    [TestCase("[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]", "[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}],[{\"kind\":\"gamma\"}]]")]
    [TestCase("[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]", "[[{\"kind\":\"shadow\",\"height\":2,\"width\":2,\"mask\":\"AAAA\"}]]")]
    [TestCase("[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]", "[[{\"kind\":\"shadow\",\"height\":2,\"width\":2,\"mask\":null}]]")]
    [TestCase(
        "[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]",
        "[[{\"kind\":\"colourTemperature\",\"shifts\":[0,1],\"gains\":[[1],null]}]]")]
    [TestCase("[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]", "[[{\"kind\":\"colourTemperature\",\"shifts\":null,\"gains\":[[1]]}]]")]
    [TestCase(
        "[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]",
        "[[{\"kind\":\"biasField\",\"order\":9,\"mode\":\"Additive\",\"channels\":1}]]")]
    [TestCase(
        "[[{\"kind\":\"contrast\",\"pivot\":\"Zero\"}]]",
        "[[{\"kind\":\"biasField\",\"order\":3,\"mode\":\"Additive\",\"channels\":2147483647}]]")]
    public void WhatDoesNotFitTogetherIsRefused(string part, string instead)
    {
        var json = JsonSerializer.Serialize(SemanticSet.Of(new Contrast(0, 1)).Describe());
        Assert.That(json, Does.Contain(part));
        var description = JsonSerializer.Deserialize<SemanticSetDescription>(json.Replace(part, instead))!;
        Assert.That(() => SemanticSet.FromDescription(description), Throws.InstanceOf<ArgumentException>());
    }

    [TestCase("\"noise\":0,", "")]
    [TestCase("contrast", "twist")]
    [TestCase("Zero", "Nowhere")]
    [TestCase(",\"pivot\":\"Zero\"", "")]
    public void WhatIsNoDescriptionIsRefused(string part, string instead)
    {
        var json = JsonSerializer.Serialize(SemanticSet.Of(new Contrast(0, 1)).Describe());
        Assert.That(json, Does.Contain(part));
        Assert.That(
            () => JsonSerializer.Deserialize<SemanticSetDescription>(json.Replace(part, instead)),
            Throws.InstanceOf<JsonException>());
    }

    private sealed class Tint() : AffineTransform(new ParameterRange("a", 0, 1), new ParameterRange("b", 0, 1))
    {
        public override Tensor Directions(Tensor image) => stack([image, image], 0);
    }
}
