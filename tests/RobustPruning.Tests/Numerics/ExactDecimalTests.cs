using System.Globalization;
using System.Text.Json;
using RobustPruning.Numerics;

namespace RobustPruning.Tests.Numerics;

public sealed class ExactDecimalTests
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new ExactDecimal.Converter() } };

    [Test]
    public void EveryPowerOfTwoAndItsNeighboursAreReadBack()
    {
        for (var exponent = -1074; exponent < 1024; exponent++)
        {
            var power = Math.ScaleB(1, exponent);
            foreach (var value in new[] { power, -power, Math.BitIncrement(power), Math.BitDecrement(power) })
            {
                Assert.That(double.Parse(ExactDecimal.Of(value), CultureInfo.InvariantCulture), Is.EqualTo(value));
                Assert.That(JsonSerializer.Deserialize<double>(JsonSerializer.Serialize(value, Json), Json), Is.EqualTo(value));
            }
        }

        for (var exponent = -149; exponent < 128; exponent++)
            Assert.That(
                float.Parse(ExactDecimal.Of(MathF.ScaleB(1, exponent)), CultureInfo.InvariantCulture),
                Is.EqualTo(MathF.ScaleB(1, exponent)));
    }

    [Test]
    public void AnyNumberIsReadBack()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var draw = 0; draw < 20_000; draw++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            Assert.That(JsonSerializer.Deserialize<double>(JsonSerializer.Serialize(value, Json), Json), Is.EqualTo(value));
        }
    }

    [Test]
    public void WhatIsNotFiniteIsAStringAndShortDecimalsStayShort()
    {
        double[] values = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0, 0.1, 1];
        Assert.That(JsonSerializer.Serialize(values, Json), Is.EqualTo("""["NaN","Infinity","-Infinity",-0,0.1,1]"""));
        Assert.That(() => JsonSerializer.Deserialize<double>("\"1\"", Json), Throws.InstanceOf<JsonException>());
    }
}
