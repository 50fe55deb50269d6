using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>The colours of one aircraft.</summary>
/// <param name="Fuselage">Upper fuselage.</param>
/// <param name="Belly">Lower fuselage.</param>
/// <param name="Accent">Stripe, fin and nacelles.</param>
/// <param name="Wing">Wings and stabilisers.</param>
internal sealed record Livery(Vector3 Fuselage, Vector3 Belly, Vector3 Accent, Vector3 Wing)
{
    /// <summary>Cockpit and cabin windows.</summary>
    public static readonly Vector3 Glass = new(0.05f, 0.07f, 0.1f);

    /// <summary>Tyres and engine intakes.</summary>
    public static readonly Vector3 Rubber = new(0.07f, 0.07f, 0.08f);

    private static readonly Vector3[] Accents =
    [
        new(0.75f, 0.08f, 0.1f), new(0.05f, 0.2f, 0.55f), new(0.9f, 0.45f, 0.05f), new(0.05f, 0.45f, 0.3f),
        new(0.4f, 0.1f, 0.45f), new(0.05f, 0.5f, 0.65f), new(0.85f, 0.7f, 0.1f), new(0.1f, 0.12f, 0.2f),
    ];

    /// <summary>Draws the colours of one aircraft.</summary>
    /// <param name="random">Where chance comes from.</param>
    public static Livery Draw(SceneRandom random) => new(
        Fuselage: random.Between(new(0.86f, 0.87f, 0.88f), new(0.97f, 0.97f, 0.95f)),
        Belly: random.Between(new(0.55f, 0.57f, 0.6f), new(0.8f, 0.8f, 0.8f)),
        Accent: Accents[random.Below(Accents.Length)],
        Wing: random.Between(new(0.6f, 0.62f, 0.65f), new(0.78f, 0.79f, 0.8f)));
}
