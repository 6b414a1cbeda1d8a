"""Explanations: the lecture's numbers, the kernel's step, and how they are shown."""

import json

import numpy as np
import pytest
from markup import Tags

import w2v
from w2v import _core, reference
from w2v.demos import worked
from w2v.explanation import Explanation, Part
from w2v.names import EXAMPLES
from w2v.networks.network import Layer, Network
from w2v.text.vocabulary import Vocabulary

OBJECTIVES = [(a, loss) for a in ("skipgram", "cbow") for loss in ("softmax", "ns", "hs")]
all_objectives = pytest.mark.parametrize(("architecture", "loss"), OBJECTIVES)


def lecture_model():
    model = w2v.Word2Vec(vector_size=2, min_count=1, loss="softmax", alpha=0.5)
    model.vocabulary = Vocabulary(["heavy", "light", "rain", "shower"], [1] * 4)
    model.W_in = np.float32([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.1], [0.2, 0.3]])
    model.W_out = np.float32([[0.2, -0.1], [0.4, 0.1], [-0.2, 0.3], [0.1, 0.5]])
    return model


def random_model(architecture, loss, V=30, d=5, **settings):
    model = w2v.Word2Vec(
        vector_size=d, min_count=1, loss=loss, architecture=architecture, **settings
    )
    model.vocabulary = Vocabulary([f"w{i}" for i in range(V)], np.arange(V, 0, -1))
    rng = np.random.default_rng(5)
    model.W_in = rng.normal(0, 0.5, (V, d)).astype(np.float32)
    model.W_out = rng.normal(0, 0.5, (V - (loss == "hs"), d)).astype(np.float32)
    return model


def test_the_golden_step_of_the_lecture():
    step = lecture_model().explain("heavy", "rain")
    close = lambda found, wanted: np.testing.assert_allclose(found, wanted, atol=1e-7)  # noqa: E731
    assert step.words == step.outputs == ["heavy", "light", "rain", "shower"]
    close(step.x, [1, 0, 0, 0])
    close(step.h, [0.1, 0.2])
    close(step.net, [0, 0.06, 0.04, 0.11])
    close(step.v, [0.2370271828, 0.2516841252, 0.2467004457, 0.2645882463])
    close(step.error, np.array([0, 0, 1, 0]) - step.v)
    close(step.loss, 1.3995804490)
    change = [
        [-0.0118513591, -0.0237027183],
        [-0.0125842063, -0.0251684125],
        [0.0376649777, 0.0753299554],
        [-0.0132294123, -0.0264588246],
    ]
    close(step.W_V_change, change)
    close(step.W_U_change, [[-0.1625989111, 0.0461150245]])
    close((step.probability, step.probability_after), (0.2467004457, 0.2651718345))
    close(step.loss_after, 1.3273772310)
    assert (step.weights_changed, step.weights) == (10, 16)
    text = str(step)
    assert text.startswith("heavy → rain: one step of skip-gram with the exact softmax\n")
    for line in (
        "rain    1  0.040000  0.246700   0.753300",
        "rain    -0.200000   0.300000   0.037665   0.075330",
        "heavy  0.100000  0.200000  -0.162599  0.046115",
        "P(rain | heavy)  0.246700  0.265172",
        "E                1.399580  1.327377",
        "t - v: positive where an output should grow",
    ):
        assert line in text


@all_objectives
@pytest.mark.parametrize("gradient", ["undivided", "exact"])
@pytest.mark.parametrize("twice", [False, True])
def test_a_step_is_that_of_the_reference(architecture, loss, gradient, twice):
    model = random_model(architecture, loss, cbow_gradient=gradient, negative=7)
    before = model.W_in.copy(), model.W_out.copy()
    context = "w8"
    if architecture == "cbow":
        context = ["w8", "w3", "w8"] if twice else ["w8", "w3"]
    step = model.explain("w2", context, alpha=0.3)
    np.testing.assert_array_equal(model.W_in, before[0])
    np.testing.assert_array_equal(model.W_out, before[1])

    W_in, W_out = (W.astype(float) for W in before)
    inputs = [int(word[1:]) for word in step.inputs]
    assert (inputs, step.target) == (
        ([2], "w8") if context == "w8" else ([8, 3, 8][: len(context)], "w2")
    )
    if loss == "hs":
        outputs = [0 if name == "root" else int(name.split()[1]) for name in step.outputs]
        changed = [0 if name == "root" else int(name.split()[1]) for name in step.changed_outputs]
    else:
        changed = [int(name[1:]) for name in step.changed_outputs]
        outputs = list(range(30)) if loss == "softmax" else [int(w[1:]) for w in step.outputs]
    target = int(step.target[1:])
    rows = (inputs, [0, len(inputs)], outputs, [target] if loss == "softmax" else step.t)
    link = "softmax" if loss == "softmax" else "sigmoid"
    total = reference.step(W_in, W_out, *rows, 0.3, link, gradient == "exact")
    assert step.loss == pytest.approx(total, rel=1e-5)
    assert step.loss_after == pytest.approx(reference.loss(W_in, W_out, *rows, link), rel=1e-5)
    distinct = list(dict.fromkeys(inputs))
    np.testing.assert_allclose(step.W_U_change, (W_in - before[0])[distinct], atol=1e-6)
    np.testing.assert_allclose(step.W_V_change, (W_out - before[1])[changed], atol=1e-6)
    assert np.abs(step.W_U_change).max() > 0.01 and np.abs(step.W_V_change).max() > 0.01
    np.testing.assert_allclose(step.error, step.t - step.v)
    np.testing.assert_allclose(step.h, before[0][inputs].mean(axis=0), rtol=1e-6)


@all_objectives
def test_probabilities_are_those_that_the_model_predicts(architecture, loss):
    model = random_model(architecture, loss)
    step = model.explain("w2", "w8", alpha=0.01)
    if loss == "ns":
        score = model.W_out[int(step.target[1:])] @ model.W_in[int(step.inputs[0][1:])]
        assert step.probability == pytest.approx(1 / (1 + np.exp(-score)))
        assert step.outputs[0] == step.target and step.target not in step.outputs[1:]
    else:
        predicted = dict(model.predict_context(step.inputs[0], topn=30))
        assert step.probability == pytest.approx(predicted[step.target], rel=1e-5)
        assert step.loss_after < step.loss and step.probability_after > step.probability


def test_noise_words_are_drawn_as_in_training():
    model = random_model("skipgram", "ns", negative=5)
    first, again = (model.explain("w2", "w8", seed=4).outputs for _ in range(2))
    assert first == again and len(first) == 6
    drawn = [w for seed in range(2000) for w in model.explain("w2", "w8", seed=seed).outputs[1:]]
    p = model.vocabulary.noise_distribution()
    p[8] = 0
    share = np.bincount([int(word[1:]) for word in drawn], minlength=30) / len(drawn)
    np.testing.assert_allclose(share, p / p.sum(), atol=0.01)
    nothing_else = random_model("skipgram", "ns", V=2, ns_exponent=10.0)
    nothing_else.vocabulary = Vocabulary(["w0", "w1"], [10**9, 1])
    assert nothing_else.explain("w1", "w0").outputs == ["w0"]


@all_objectives
def test_of_a_large_vocabulary_the_rows_that_matter_are_shown(architecture, loss):
    model = random_model(architecture, loss, V=2000, d=100, negative=20)
    step = model.explain(
        "w1500", "w3" if architecture == "skipgram" else [f"w{i}" for i in range(10)]
    )
    text = str(step)
    assert max(map(len, text.splitlines())) <= 100
    assert "numbers 7 to 100 of each row are left out" in text
    if loss == "softmax":
        assert step.outputs_left_out == 1988 and len(step.outputs) == 12
        assert step.outputs[0] == step.target and (np.diff(step.v[1:]) <= 0).all()
        assert "1,988 less probable words are left out" in text
    assert step.W_V.shape == (len(set(step.outputs)), 100)


def test_what_cannot_be_explained_is_said():
    with pytest.raises(ValueError, match="call fit"):
        w2v.Word2Vec().explain("a", "b")
    model = lecture_model()
    with pytest.raises(KeyError, match="'rains' is not in the vocabulary; .*'rain'"):
        model.explain("heavy", "rains")
    with pytest.raises(ValueError, match="give one context word, not 2"):
        model.explain("heavy", ["rain", "light"])
    with pytest.raises(ValueError, match="at least one"):
        model.explain("heavy", [])
    with pytest.raises(ValueError, match="alpha must lie"):
        model.explain("heavy", "rain", alpha=-1)
    with pytest.raises(ValueError, match="seed must lie"):
        model.explain("heavy", "rain", seed=-1)


def test_a_page_needs_nothing_else_and_escapes_words():
    model = lecture_model()
    model.vocabulary = Vocabulary(["<script>", "light", "rain & sun", "shower"], [1] * 4)
    page = model.explain("<script>", "rain & sun").to_html()
    found = Tags(page).found
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in found}
    assert not any({"src", "href"} & set(attributes) for _, attributes in found)
    assert "&lt;script&gt;" in page and "rain &amp; sun" in page and "://" not in page


def test_facts_go_to_json_in_full_precision():
    step = lecture_model().explain("heavy", "rain")
    facts = json.loads(json.dumps(step.to_dict()))
    assert facts["loss"] == step.loss and facts["v"] == step.v.tolist()
    assert facts["inputs"] == ["heavy"] and facts["undivided"] is False


def test_tables_are_aligned():
    class One(Explanation):
        def parts(self):
            rows = [("a", 1, -0.0), ("bcd", 20, 1e-9), ("é", None, -1.5)]
            return [Part("title", ["a line"], ["", "n", "x"], rows, "a note")]

    assert str(One()).splitlines() == [
        "title",
        "a line",
        "        n          x",
        "  a     1   0.000000",
        "  bcd  20   1.00e-09",
        "  é        -1.500000",
        "a note",
    ]


@all_objectives
def test_gradients_agree_with_finite_differences(architecture, loss, monkeypatch):
    for gradient in ("undivided", "exact"):
        model = random_model(architecture, loss, cbow_gradient=gradient)
        assert 0 < model.check_gradients() < 1e-5
    right = _core.train_step

    def wrong(W_in, W_out, *rows):  # forgets one output row
        kept = W_out[-1].copy()
        loss = right(W_in, W_out, *rows)
        W_out[-1] = kept
        return loss

    monkeypatch.setattr(_core, "train_step", wrong)
    assert model.check_gradients() > 0.01


def test_of_many_output_rows_some_are_checked(monkeypatch):
    model = random_model("skipgram", "softmax", V=3000)
    right, steps = _core.train_step, []
    monkeypatch.setattr(_core, "train_step", lambda *given: steps.append(1) or right(*given))
    assert 0 < model.check_gradients(3) < 1e-5 and len(steps) == 3

    def wrong(W_in, W_out, *rows):  # moves rows other than the target's too far
        kept = W_out.copy()
        loss = right(W_in, W_out, *rows)
        far = np.abs(W_out - kept).max(axis=1) < np.abs(W_out - kept).max()
        W_out[far] += W_out[far] - kept[far]
        return loss

    monkeypatch.setattr(_core, "train_step", wrong)
    assert model.check_gradients() > 0.001


def test_gradients_are_checked_on_trained_models_only():
    with pytest.raises(ValueError, match="call fit"):
        w2v.Word2Vec().check_gradients()
    with pytest.raises(ValueError, match="examples must lie"):
        lecture_model().check_gradients(0)


# ---- networks ----


def layers_of(name):
    return [step.layers for step in worked(name)]


def test_the_numbers_of_the_slides():
    close = lambda found, wanted: np.testing.assert_allclose(found, wanted, atol=1e-9)  # noqa: E731
    close(
        [layers[0].a for layers in layers_of("softmax")],
        [
            [0.0900305732, 0.2447284711, 0.6652409558],
            [0.1191072571, 0.8800902045, 0.0008025384],
            [0.8676877006, 0.0160519744, 0.1162603250],
        ],
    )
    close(layers_of("sigmoid")[0][0].a, [0.7310585786, 0.9525741268, 0.0179862100])
    for name, z, a in (("5-1", 2.5, 0.9241418200), ("3-1", 0.87, 0.7047456980)):
        (layer,) = layers_of(name)[0]
        close((layer.z[0], layer.a[0]), (z, a))
    hidden, out = layers_of("1-2-1")[0]
    close((*hidden.a, *out.a), (0.7941296282, 0.7772998612, 0.9051205168))
    (step,) = worked("cross-entropy")
    close(step.loss / np.log(2), 0.1520030934)
    assert "= 0.152003 bits" in str(step)

    (step,) = worked("2-2-1")
    hidden, out = step.layers
    close((*hidden.a, *out.a), (0.6802671967, 0.6637386974, 0.6902834929))
    close(out.connections[0].gradient, [[-0.2106899801, -0.2055708310]])
    gradient = [[-0.0070732723, -0.0181884144], [-0.0217745374, -0.0559916675]]
    close(hidden.connections[0].gradient, gradient)
    close(out.delta, 1 - out.a)  # the lecture's sign

    (step,) = worked("2-2-1-squared")
    hidden, out = step.layers
    close(out.delta, 0.0662149711)
    change = [link.new_weights - link.weights for link in (*out.connections, *hidden.connections)]
    close(change[0], [[0.0450438727, 0.0439494386]])
    close(change[1], [[0.0015122104, 0.0038885410], [0.0046552261, 0.0119705813]])

    (step,) = worked("2-2-2")
    hidden, out = step.layers
    close((*out.a, step.loss), (0.3822521252, 0.6177478748, 0.9616748744))
    change = [link.new_weights - link.weights for link in (*out.connections, *hidden.connections)]
    close(change[0], [[0.0123549575, 0.0432423512], [-0.0123549575, -0.0432423512]])
    close(change[1], [[0.0247099150, 0.0123549575], [-0.0494198300, -0.0247099150]])
    assert "w[1,1]   0.600000  -0.123550   0.012355   0.612355" in str(step)
    assert "z_1 = 0.3·1 - 0.2·0.5 = 0.200000" in str(step)

    (step,) = worked("word2vec")
    assert "P(rain | heavy)  0.246700  0.265172" in str(step)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_can_be_shown(name):
    for step in worked(name):
        assert max(map(len, str(step).splitlines())) <= 100
        json.dumps(step.to_dict())
        Tags(step.to_html())


def test_an_unknown_example_is_refused():
    with pytest.raises(ValueError, match="example must be one of 'word2vec', '2-2-1'"):
        worked("9-9-9")


NETWORKS = [
    ([Layer(3, "tanh"), Layer(4, "sigmoid", k=2, bias=False), Layer(2)], "squared_error"),
    (
        [Layer(3, "relu"), Layer(3, "sine", skip_from=0), Layer(2, "softmax", skip_from=1)],
        "cross_entropy",
    ),
    ([Layer(2, "softmax")], "squared_error"),
    ([Layer(3, "tanh", K=2), Layer(2, k=3)], "binary_cross_entropy"),
    ([Layer(20, "tanh"), Layer(2, "linear")], "squared_error"),
]


@pytest.mark.parametrize(("layers", "loss"), NETWORKS)
def test_a_networks_step_agrees_with_backward_and_step(layers, loss):
    net = Network(3, layers, loss=loss, seed=2, dtype="float64")
    before = net.parameters.copy()
    x, t = [0.5, -1.0, 2.0], [0.25, 0.75]
    step = net.explain(x, t, 0.05)
    np.testing.assert_array_equal(net.parameters, before)
    gradients = net.backward([x], [t])
    twin = net.copy()
    assert step.loss == pytest.approx(twin.step([x], [t], 0.05))
    assert step.loss_after == pytest.approx(twin.loss([x], [t])) and step.loss_after < step.loss
    np.testing.assert_allclose(step.outputs_after, twin.forward([x])[0])
    for to, layer in enumerate(step.layers, 1):
        np.testing.assert_allclose(layer.a, net.hidden([x], to)[0])
        for link in layer.connections:
            key = (link.source, to)
            below = link.source == to - 1
            g = gradients.weights[to - 1] if below else gradients.skips[key]
            np.testing.assert_allclose(link.gradient, g, atol=1e-15)
            new = twin.weights[to - 1] if below else twin.skips[key]
            np.testing.assert_allclose(link.new_weights, new)
        if layer.biases is not None:
            np.testing.assert_allclose(layer.bias_gradient, gradients.biases[to - 1])
            np.testing.assert_allclose(layer.new_biases, twin.biases[to - 1])
            np.testing.assert_allclose(layer.delta, -layer.bias_gradient)
        if layer.slope is not None:
            np.testing.assert_allclose(layer.delta, layer.e * layer.slope)
    np.testing.assert_allclose(step.layers[-1].e, np.array(t) - step.layers[-1].a)
    text = str(step)
    assert max(map(len, text.splitlines())) <= 100
    assert "δ = -∂E/∂z: positive where an output should grow" in text
    assert ("8 units with smaller δ are left out" in text) == (layers[0].units == 20)


def test_without_targets_a_network_only_answers():
    net = Network(2, [Layer(2, "step"), Layer(1, "step")])
    step = net.explain([1, 0])
    assert step.t is step.loss is step.layers[0].delta is None
    assert "forward pass" in str(step) and "δ" not in str(step)
    with pytest.raises(ValueError, match="no derivative to learn from"):
        net.explain([1, 0], 1)
    assert str(net.explain([[1, 0]])) == str(step)
    with pytest.raises(ValueError, match="shape"):
        net.explain([1, 0, 1], 1)
    with pytest.raises(ValueError, match="one pattern, not 2"):
        net.explain([[1, 0], [0, 1]])
    with pytest.raises(ValueError, match="learning_rate must lie"):
        net.explain([1, 0], 1, -1)


# ---- pictures ----


def test_a_small_network_is_drawn_on_its_page():
    net = Network(2, [Layer(2), Layer(1, skip_from=0)], dtype="float64")
    step = net.explain([1, 0], 1)
    tags = [tag for tag, _ in Tags(step.to_html()).found]
    assert tags.count("path") == 4 + 2 + 2 and tags.count("circle") == 2 * 5
    w, change = float(net.weights[0][1, 0]), step.layers[0].connections[0]
    change = float((change.new_weights - change.weights)[1, 0])
    assert f"<title>w = {w:.6g}, Δw = {change:+.6g}</title>" in step.picture()
    assert "Δw" not in net.explain([1, 0]).picture()
    assert Network(2, [Layer(13), Layer(1)]).explain([1, 0], 1).picture() == ""


@all_objectives
def test_a_small_model_is_drawn(architecture, loss):
    step = random_model(architecture, loss).explain("w2", "w8")
    outputs = len(step.outputs)
    picture = step.picture()
    assert picture.count("<path ") == 5 + 5 * outputs
    assert picture.count("<text ") == 2 * (1 + 5 + outputs)
    Tags(picture)
    assert random_model(architecture, loss, d=13).explain("w2", "w8").picture() == ""


def test_numbers_that_are_not_finite_are_shown():
    net = Network(1, [Layer(1, "linear")], init=([[[1e200]]], [[0]]), dtype="float64")
    for step in (net.explain([1e200]), Network(1, [Layer(1, "linear")]).explain([1], 2, 1e30)):
        assert "inf" in str(step)
        Tags(step.to_html())
    step = random_model("skipgram", "softmax").explain("w2", "w8", alpha=1e39)
    assert "nan" in str(step)
    Tags(step.to_html())
